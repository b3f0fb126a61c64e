package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"retoma/internal/chat"
)

func TestMexicoAndArgentinaHaveOneKeyForEachNumber(t *testing.T) {
	cases := []struct {
		name, first, second string
		same                bool
	}{
		{"Mexico, as WhatsApp and as people write it", "+5215512345678", "+525512345678", true},
		{"Mexico, as it was dialled from another city until 2019", "+52 045 55 1234 5678", "+52 1 55 1234 5678", true},
		{"Mexico, the last digits differ", "+5215512345678", "+525512345679", false},
		{"Mexico, a 1 in front of what is no area", "+521123456789", "+52123456789", false},
		{"Argentina, with and without the 9", "+5491123456789", "+541123456789", true},
		{"Argentina, with the 15 of Buenos Aires", "+54 11 15 2345-6789", "+54 9 11 2345-6789", true},
		{"Argentina, with both", "+54 9 11 15 2345-6789", "+54 9 11 2345-6789", true},
		{"Argentina, with trunk zero and 15", "+54 (0) 11 15 2345-6789", "+54 9 11 2345-6789", true},
		{"Argentina, an area of three digits", "+54 351 15 456-7890", "+5493514567890", true},
		{"Argentina, an area of four digits", "+54 2901 15 45-6789", "+5492901456789", true},
		{"Argentina, a number that has a 15 of its own", "+541115234567", "+5491115234567", true},
		{"Argentina, other subscribers", "+541123456789", "+5491123456780", false},
		{"Argentina, another area", "+5491123456789", "+5493513456789", false},
		{"countries do not mix", "+5215512345678", "+5495512345678", false},
		{"a Brazilian landline is nobody's mobile", "+551133334444", "+5511933334444", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first, second := chat.PhoneKey(c.first), chat.PhoneKey(c.second)
			require.Equal(t, c.same, first == second, "%s and %s", first.Value, second.Value)
		})
	}
}

func TestWhatPeopleDialAtHomeIsReadAsTheNumberItIs(t *testing.T) {
	for _, c := range []struct{ text, region, want string }{
		{"011 15-2345-6789", "AR", "+5491123456789"},
		{"11 15 2345 6789", "AR", "+5491123456789"},
		{"351 15 456 7890", "AR", "+5493514567890"},
		{"11 4345-6789", "AR", "+541143456789"},
		{"+54 11 15 2345 6789", "BR", "+5491123456789"},
		{"5491123456789", "AR", "+5491123456789"},
		{"541123456789", "AR", "+541123456789"},
		{"55 1234 5678", "MX", "+525512345678"},
		{"044 55 1234 5678", "MX", "+525512345678"},
		{"+52 1 55 1234 5678", "", "+5215512345678"},
		{"5215512345678", "MX", "+5215512345678"},
	} {
		got, err := chat.ParsePhone(c.text, c.region)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

// subscriber is somebody's number: what tells them from everybody else in their country, and all the ways to write it.
type subscriber struct {
	country, identity string
	forms             []string
}

func digitsOf(t *rapid.T, count int, label string) string {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", count)).Draw(t, label)
}

func drawSubscriber(t *rapid.T, label string) subscriber {
	switch rapid.IntRange(0, 3).Draw(t, label+"country") {
	case 0: // Brazil: a mobile of either age, or a landline
		area := rapid.StringMatching("[1-9][1-9]").Draw(t, label+"area")
		first := rapid.StringMatching("[2-9]").Draw(t, label+"first")
		rest := digitsOf(t, 7, label)
		if first >= "6" {
			return subscriber{"BR", area + first + rest, []string{"+55" + area + "9" + first + rest, "+55" + area + first + rest}}
		}
		if rapid.Bool().Draw(t, label+"mobile") {
			return subscriber{"BR", area + "9" + first + rest, []string{"+55" + area + "9" + first + rest}}
		}
		return subscriber{"BR", area + first + rest, []string{"+55" + area + first + rest}}
	case 1:
		ten := rapid.StringMatching("[2-9]").Draw(t, label+"first") + digitsOf(t, 9, label)
		return subscriber{"MX", ten, []string{"+52" + ten, "+521" + ten, "+52044" + ten, "+52045" + ten, "+5201" + ten}}
	case 2:
		area := rapid.SampledFrom([]string{"11", "221", "351", "388", "2901", "3329"}).Draw(t, label+"area")
		rest := rapid.StringMatching("[2-9]").Draw(t, label+"first") + digitsOf(t, 9-len(area), label)
		return subscriber{"AR", area + rest, []string{
			"+54" + area + rest, "+549" + area + rest, "+54" + area + "15" + rest, "+549" + area + "15" + rest, "+540" + area + "15" + rest}}
	}
	ten := rapid.StringMatching("[2-9]").Draw(t, label+"first") + digitsOf(t, 9, label)
	return subscriber{"US", ten, []string{"+1" + ten}}
}

func TestTwoNumbersShareAKeyExactlyIfTheyAreOneSubscribers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := drawSubscriber(t, "one "), drawSubscriber(t, "other ")
		if rapid.Bool().Draw(t, "the same") {
			other = one
		}
		first := rapid.SampledFrom(one.forms).Draw(t, "form")
		second := rapid.SampledFrom(other.forms).Draw(t, "other form")
		same := one.country == other.country && one.identity == other.identity
		key := chat.PhoneKey(first)
		require.Equal(t, same, key == chat.PhoneKey(second), "%s and %s", first, second)
		require.Equal(t, key, chat.PhoneKey(key.Value), "a key is its own key")
		parsed, err := chat.ParsePhone(first, "")
		require.NoError(t, err)
		require.Regexp(t, e164, parsed)
		require.Equal(t, key, chat.PhoneKey(parsed), "reading it does not change who it is")
	})
}

// The areas of three digits are a list of ours; the library, which reads the same plan, tells the same.
func TestTheAreasOfArgentinaAreThoseOfTheNumberingPlan(t *testing.T) {
	for area := 200; area < 400; area++ {
		written := fmt.Sprintf("+54%d154567890", area)
		number, err := phonenumbers.Parse(written, "")
		require.NoError(t, err)
		library := strings.TrimPrefix(phonenumbers.Format(number, phonenumbers.E164), "+549")
		mine := strings.HasPrefix(chat.PhoneKey(written).Value, fmt.Sprintf("54%d4567890", area))
		require.Equal(t, library == fmt.Sprintf("%d4567890", area), mine, "area %d", area)
	}
}

func FuzzPhoneKey(f *testing.F) {
	for _, text := range []string{"", "54", "5491123456789", "541115", "54111523456789", "5215512345678", "5204455", "+55119999", "549", "5401115", "52"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key := chat.PhoneKey(text)
		require.Equal(t, key, chat.PhoneKey(key.Value))
		require.Empty(t, strings.Trim(key.Value, "0123456789"))
	})
}
