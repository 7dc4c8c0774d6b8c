package settings

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // the names of time zones, where the system has none

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Bounds of opening hours.
const (
	maxHours    = 500 // characters
	maxHolidays = 100
)

// Opening hours are those of schema.org (openingHours): days, and a span of the clock, in
// parts between semicolons. The clock ends at 24:00.
const (
	hoursDay  = `(Mo|Tu|We|Th|Fr|Sa|Su)`
	hoursDays = hoursDay + `(\s*-\s*` + hoursDay + `)?`
	hoursTime = `(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)`
	hoursSpan = hoursTime + `\s*-\s*` + hoursTime
)

var (
	isHours = regexp.MustCompile(`^\s*` + hoursDays + `(\s*,\s*` + hoursDays + `)*\s+` + hoursSpan + `\s*$`).MatchString
	isSpan  = regexp.MustCompile(`^\s*` + hoursSpan + `\s*$`).MatchString
)

func checkHours(hours string) error {
	return checkParts("window.hours", hours, isHours, "days and times, such as Mo-Fr 09:00-17:00")
}

// checkParts refuses hours that have a part that is none; what says what a part must be.
func checkParts(field, hours string, isPart func(string) bool, what string) error {
	if err := ids.CheckText(field, hours, maxHours); err != nil || hours == "" {
		return err
	}
	for part := range strings.SplitSeq(strings.TrimRight(hours, "; "), ";") {
		if !isPart(part) {
			return malformed(field, "%q must be %s", part, what)
		}
	}
	return nil
}

func checkHolidays(holidays []Holiday) error {
	if n := len(holidays); n > maxHolidays {
		return ids.Refuse(wire.TooManyValues, "window.holidays", "%d days, at most %d are allowed", n, maxHolidays)
	}
	seen := map[string]bool{}
	for i, day := range holidays {
		at := fmt.Sprintf("window.holidays.%d.", i)
		err := cmp.Or(checkDate(at+"date", day.Date), checkParts(at+"hours", day.Hours, isSpan, "times, such as 10:00-14:00"))
		if err == nil && seen[day.Date] {
			err = ids.Refuse(wire.ValueTwice, at+"date", "%q is used twice", day.Date)
		}
		if err != nil {
			return err
		}
		seen[day.Date] = true
	}
	return nil
}

func checkDate(field, date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return malformed(field, "must be a day of the calendar, such as 2026-12-24, not %q", date)
	}
	return nil
}

func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return malformed("window.timeZone", "must be the IANA name of a time zone, such as Europe/Madrid, not %q", name)
	}
	return nil
}
