package chat_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func TestParsePhone(t *testing.T) {
	cases := []struct {
		name, text, region, want string // want is empty where the text is refused
	}{
		{"as we write it", "+5511999990001", "", "+5511999990001"},
		{"as people write it", " +55 (11) 99999-0001 ", "", "+5511999990001"},
		{"the plus decides, whatever the region", "+351 912 345 678", "BR", "+351912345678"},
		{"without the plus", "5511999990001", "", "+5511999990001"},
		{"without the plus, in a region", "5511999990001", "BR", "+5511999990001"},
		{"a mobile without its ninth digit", "554199998888", "BR", "+554199998888"},
		{"eleven digits without a region carry their country", "12025550123", "", "+12025550123"},
		{"national, mobile", "(11) 99999-0001", "BR", "+5511999990001"},
		{"national, mobile without its ninth digit", "41 9999-8888", "BR", "+554199998888"},
		{"national, landline", "11 3333-4444", "BR", "+551133334444"},
		{"national, with the trunk zero", "011 99999-0001", "BR", "+5511999990001"},
		{"national, with a carrier's code", "0 15 11 99999-0001", "BR", "+5511999990001"},
		{"another region", "912 345 678", "PT", "+351912345678"},
		{"shortest", "+29012345", "", "+29012345"},
		{"longest", "+123456789012345", "", "+123456789012345"},

		{"nothing", "", "BR", ""},
		{"no digit", "não tenho", "BR", ""},
		{"a plus and no digit", "+", "", ""},
		{"national without a region", "1133334444", "", ""},
		{"without its area", "99999-0001", "BR", ""},
		{"too few digits", "+1234567", "", ""},
		{"too many digits", "+1234567890123456", "", ""},
		{"two numbers", "+5511999990001 / +5511999990002", "", ""},
		{"no country begins with zero", "+055119999", "", ""},
		{"dialled from abroad", "0055 11 99999-0001", "", ""},
		{"dialled from abroad, in a region", "0055 11 99999-0001", "BR", ""},
		{"no such region", "11 99999-0001", "XX", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := chat.ParsePhone(c.text, c.region)
			require.Equal(t, c.want, got)
			if c.want == "" {
				require.True(t, fault.Is(err, fault.InvalidPhone), "%v", err)
				require.Contains(t, err.Error(), "+55119999", "it shows how to write it")
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestStrictE164(t *testing.T) {
	for _, good := range []string{"+5511999990001", "+29012345", "+123456789012345"} {
		got, err := chat.StrictE164(good)
		require.NoError(t, err)
		require.Equal(t, good, got)
	}
	for _, bad := range []string{
		"", "+", "5511999990001", "+55 11 99999-0001", " +5511999990001", "+5511999990001 ", "++5511999990001", "+55119999o0001",
		"+0511999990001", "+1234567", "+1234567890123456", "+٥٥١١٩٩٩٩٩٠٠٠١",
	} {
		got, err := chat.StrictE164(bad)
		require.True(t, fault.Is(err, fault.InvalidPhone), "%q: %v", bad, err)
		require.Empty(t, got)
	}
}

func TestNationalVariantsShareAKey(t *testing.T) {
	cases := []struct {
		name, first, second string
		same                bool
	}{
		{"a mobile with and without its ninth digit", "+5511999990001", "+551199990001", true},
		{"one that begins with 6", "+5541966665555", "+554166665555", true},
		{"how it is written does not matter", "+55 (11) 99999-0001", "551199990001", true},
		{"the last eight digits differ", "+5511999990001", "+5511999990002", false},
		{"the area differs", "+5511999990001", "+5521999990001", false},
		{"a landline is no mobile with a digit lost", "+551140028922", "+5511940028922", false},
		{"nor one that begins with 5", "+551155554444", "+5511955554444", false},
		{"a landline is itself", "+551133334444", "55 11 3333-4444", true},
		{"numbers of other countries have one form", "+12025550123", "+1202555012", false},
		{"a country code that begins alike", "+5411999990001", "+541199990001", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first, second := chat.PhoneKey(c.first), chat.PhoneKey(c.second)
			require.Equal(t, chat.KeyPhone, first.Kind)
			require.Equal(t, c.same, first == second, "%s and %s", first.Value, second.Value)
		})
	}
}

func TestPhoneKeysAreDigits(t *testing.T) {
	for phone, want := range map[string]string{
		"+5511999990001": "551199990001",
		"+5511940028922": "5511940028922", // a mobile that never had eight digits
		"+551133334444":  "551133334444",
		"+55119999":      "55119999", // too short to tell what it is
		"+12025550123":   "12025550123",
		"":               "",
	} {
		require.Equal(t, chat.Key{Kind: chat.KeyPhone, Value: want}, chat.PhoneKey(phone), phone)
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

func FuzzParsePhone(f *testing.F) {
	for _, text := range []string{
		"", "+", "+5511999990001", "(11) 99999-0001", "0 15 11 99999-0001", "1-800-FLOWERS", "tel:+55-11-99999-0001;ext=5", "+٥٥", "9\x00\xff9",
		strings.Repeat("9", 300),
	} {
		f.Add(text, "BR")
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		phone, err := chat.ParsePhone(text, region)
		if err != nil {
			require.Empty(t, phone)
			require.True(t, fault.Is(err, fault.InvalidPhone), "%v", err)
			return
		}
		require.Regexp(t, e164, phone)
		again, err := chat.ParsePhone(phone, region)
		require.NoError(t, err)
		require.Equal(t, phone, again, "reading it again changes nothing")
		strict, err := chat.StrictE164(phone)
		require.NoError(t, err)
		require.Equal(t, phone, strict)
		key := chat.PhoneKey(phone)
		require.Equal(t, key, chat.PhoneKey(key.Value), "a key is its own key")
		require.NotEmpty(t, key.Value)
	})
}
