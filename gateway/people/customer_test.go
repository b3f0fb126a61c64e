package people

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

func TestWhatACustomerIdNames(t *testing.T) {
	external := func(values ...string) (keys []chat.Key) {
		for _, value := range values {
			keys = append(keys, chat.Key{Kind: chat.KeyExternal, Value: value})
		}
		return keys
	}
	phone := func(number string, keys ...chat.Key) Person {
		return Person{Phone: number, Keys: append(keys, chat.PhoneKey(number))}
	}
	for text, want := range map[string]Person{
		"+5511999990001":      phone("+5511999990001"),
		"+55 (11) 99999-0001": phone("+5511999990001"),
		"5511999990001":       phone("+5511999990001", external("5511999990001")...),
		"551133334444":        phone("+551133334444", external("551133334444")...),
		" 42 ":                {Keys: external("42")},
		"11999990001":         {Keys: external("11999990001")},
		"0000000000000000":    {Keys: external("0000000000000000")},
		"-- ..":               {Keys: external("-- ..")},
		"ana@exemplo.com":     {Keys: external("ana@exemplo.com")},
		"Ana@Exemplo.com":     {Keys: external("Ana@Exemplo.com", "ana@exemplo.com")},
		"CRM-9":               {Keys: external("CRM-9")},
	} {
		found, err := ReadCustomer(text)
		require.NoError(t, err, text)
		require.Equal(t, want, found, text)
	}
	for _, text := range []string{"", " ", "(11) 99999-9999", "+", "+1", "()", "a\tb", "\xff", strings.Repeat("x", 201)} {
		_, err := ReadCustomer(text)
		require.True(t, fault.Is(err, fault.Invalid), "%q", text)
		require.Equal(t, "customerId", fault.Of(err).Field)
	}
}

func FuzzCustomer(f *testing.F) {
	for _, text := range []string{"", "+5511999990001", "(11) 99999-9999", "a@B.c", "5511999990001", "\x00", "\xff", "+()", "１２３"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := ReadCustomer(text)
		if err != nil {
			require.Equal(t, "customerId", fault.Of(err).Field)
			return
		}
		require.NotEmpty(t, found.Keys)
		for _, key := range found.Keys {
			require.NotEmpty(t, key.Value)
		}
		again, err := ReadCustomer(" " + text + "\n")
		require.NoError(t, err)
		require.Equal(t, found, again, "space around is nothing")
	})
}
