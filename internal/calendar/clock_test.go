package calendar

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/fault"
)

func TestFirstAtClockIsTheNextClockTimePlusTheOffsetOnTheWallClock(t *testing.T) {
	type example struct {
		Why, Zone, Now string
		Clock          ClockTime
		Offset         int
		Want           string
	}
	for _, c := range truth[example](t, "first_at_clock.json") {
		t.Run(c.Why, func(t *testing.T) {
			zone := zoneOf(t, c.Zone)
			got := FirstAtClock(instant(t, c.Now), c.Clock, c.Offset, zone)
			require.Equal(t, c.Want, got.Format(time.RFC3339Nano))
			require.Equal(t, zone, got.Location())
		})
	}
}

func TestEveryMinuteOfADayIsAClockTime(t *testing.T) {
	for minute := range 24 * 60 {
		text := fmt.Sprintf("%02d:%02d", minute/60, minute%60)
		clock, err := ParseClockTime(text)
		require.NoError(t, err)
		require.Equal(t, ClockTime{Hour: minute / 60, Minute: minute % 60}, clock)
		require.Equal(t, text, clock.String())
	}
}

func TestOtherTextIsNoClockTime(t *testing.T) {
	for _, text := range []string{
		"", "1", "10", "10:", "10:0", "1:00", "100:00", "10:000", "24:00", "10:60", "-1:00", "+1:00", "10:-1", "10.00", "10h00",
		"10:00:00", " 10:00", "10:00 ", "1a:00", "10:0a", "١٠:٠٠", "ab:cd", "10:00pm", "\x0010:00", "/0:00", "0:/00", ":::::",
	} {
		_, err := ParseClockTime(text)
		require.True(t, fault.Is(err, fault.Invalid), "%q: %v", text, err)
		require.Empty(t, fault.Of(err).Field)
	}
}

func TestClockTimesTravelAsTextInJSON(t *testing.T) {
	type document struct {
		Start ClockTime `json:"start"`
	}
	text, err := json.Marshal(document{ClockTime{Hour: 9, Minute: 5}})
	require.NoError(t, err)
	require.JSONEq(t, `{"start":"09:05"}`, string(text))
	var back document
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, ClockTime{Hour: 9, Minute: 5}, back.Start)
	require.True(t, fault.Is(json.Unmarshal([]byte(`{"start":"9:5"}`), &back), fault.Invalid))
	require.Equal(t, ClockTime{Hour: 9, Minute: 5}, back.Start, "a bad value changes nothing")
}
