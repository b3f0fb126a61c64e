package calendar

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestHoursKeepTheirDocument(t *testing.T) {
	const document = `{"weekdays":["mon","tue","wed","thu","fri"],"from":"08:00","to":"20:00","holidays":["2026-11-20","12-25"],"national":"br"}`
	var hours Hours
	require.NoError(t, json.Unmarshal([]byte(document), &hours))
	require.NoError(t, hours.Validate("sendingHours"))
	require.False(t, hours.IsZero())
	text, err := json.Marshal(&hours)
	require.NoError(t, err)
	require.Equal(t, document, string(text))

	text, err = json.Marshal(&Hours{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(text))
}

func TestAnySetFieldMakesHoursCount(t *testing.T) {
	for _, hours := range []*Hours{
		{Weekdays: []string{"mon"}}, {From: "08:00"}, {To: "20:00"}, {Holidays: []string{"12-25"}}, {National: "br"},
	} {
		require.False(t, hours.IsZero(), "%+v", hours)
	}
	require.True(t, (&Hours{Weekdays: []string{}, Holidays: []string{}}).IsZero())
}

func TestBadHoursAreRefusedWithThePlaceOfTheMistake(t *testing.T) {
	for _, c := range []struct {
		hours Hours
		field string
	}{
		{Hours{From: "8:00", To: "20:00"}, "sendingHours.from"},
		{Hours{From: "08:00", To: "20:60"}, "sendingHours.to"},
		{Hours{From: "08:00", To: "24:01"}, "sendingHours.to"},
		{Hours{From: "24:00", To: "24:00"}, "sendingHours.from"},
		{Hours{From: "08:00"}, "sendingHours.to"},
		{Hours{To: "20:00"}, "sendingHours.from"},
		{Hours{From: "08:00", To: "08:00"}, "sendingHours.from"},
		{Hours{From: "20:00", To: "08:00"}, "sendingHours.from"},
		{Hours{Weekdays: []string{"mon", "Tue"}}, "sendingHours.weekdays[1]"},
		{Hours{Weekdays: []string{"seg"}}, "sendingHours.weekdays[0]"},
		{Hours{Weekdays: []string{"mon", "tue", "mon"}}, "sendingHours.weekdays[2]"},
		{Hours{Holidays: []string{"12-25", "2026-02-29"}}, "sendingHours.holidays[1]"},
		{Hours{Holidays: []string{"02-30"}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: []string{"25-12"}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: []string{"25/12/2026"}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: []string{"2026-1-2"}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: []string{"2026-12-25 "}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: []string{""}}, "sendingHours.holidays[0]"},
		{Hours{Holidays: make([]string, 1001)}, "sendingHours.holidays"},
		{Hours{National: "BR"}, "sendingHours.national"},
		{Hours{National: "pt"}, "sendingHours.national"},
	} {
		err := c.hours.Validate("sendingHours")
		require.True(t, fault.Is(err, fault.Invalid), "%+v: %v", c.hours, err)
		require.Equal(t, c.field, fault.Of(err).Field)
		require.NotEmpty(t, fault.Of(err).Message)
	}
	require.Equal(t, "from", fault.Of((&Hours{From: "x", To: "y"}).Validate("")).Field, "without a path the field stands alone")
}

func TestGoodHoursPass(t *testing.T) {
	for _, hours := range []Hours{
		{}, {From: "00:00", To: "24:00"}, {From: "00:00", To: "00:01"}, {From: "23:59", To: "24:00"},
		{Weekdays: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}, {Holidays: []string{"02-29", "2028-02-29", "12-25", "12-25"}}, {National: "br"},
	} {
		require.NoError(t, hours.Validate("sendingHours"), "%+v", hours)
	}
}
