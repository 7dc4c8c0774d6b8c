package ids

import "strconv"

// Number writes a number as people do, without an exponent.
func Number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
