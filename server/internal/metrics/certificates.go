package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var certificateEnd = gauge("parley_certificate_expiry_timestamp_seconds", "When the certificate that is served for a host expires, in unix seconds.", "host")

// ShowCertificates has the metrics ask when the certificates that are served expire, by
// their first host.
func (m *Metrics) ShowCertificates(ends func() map[string]time.Time) {
	m.registry.MustRegister(certificates(ends))
}

// certificates collects when certificates expire.
type certificates func() map[string]time.Time

func (certificates) Describe(to chan<- *prometheus.Desc) { to <- certificateEnd }

func (c certificates) Collect(to chan<- prometheus.Metric) {
	for host, end := range c() {
		to <- prometheus.MustNewConstMetric(certificateEnd, prometheus.GaugeValue, float64(end.Unix()), host)
	}
}
