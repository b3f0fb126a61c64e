package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func known(kind chat.KeyKind, value, scope string) chat.ContactKey {
	return chat.ContactKey{Key: chat.Key{Kind: kind, Value: value}, Scope: scope}
}

func TestWhereAProviderReachesAContact(t *testing.T) {
	meta, other := known(chat.KeyRoute, "551199990001", "meta"), known(chat.KeyRoute, "5511999990001", "other")
	both := chat.Contact{Phone: "+5511999990001", Route: "551199990001", Keys: []chat.ContactKey{meta, other}}
	require.Equal(t, "551199990001", both.AddressOn("meta"))
	require.Equal(t, "5511999990001", both.AddressOn("other"), "each provider's own, verbatim")
	require.Equal(t, "551199990001", both.AddressOn("third"), "one that has none is given what there is")
	require.Equal(t, "5511999990001", chat.Contact{Phone: "+5511999990001"}.AddressOn("meta"))
	require.Empty(t, chat.Contact{Keys: []chat.ContactKey{known(chat.KeyBSUID, "BR.1", "a")}}.AddressOn("meta"), "an id is no address: it is a key")
}

func TestKeysThatAreOfAnotherBusinessNameNobodyHere(t *testing.T) {
	here, there, unsaid := known(chat.KeyBSUID, "BR.here", "a"), known(chat.KeyBSUID, "BR.there", "b"), known(chat.KeyBSUID, "BR.unsaid", "")
	require.Equal(t, []chat.Key{here.Key, unsaid.Key}, chat.Contact{Keys: []chat.ContactKey{here, there, unsaid}}.KeysOn("meta", "a"))
	require.Equal(t, []chat.Key{there.Key}, chat.Contact{Keys: []chat.ContactKey{there}}.KeysOn("meta", "a"), "better than nobody")
}

func TestAllowListsKnowPeopleWithoutAPhone(t *testing.T) {
	who := chat.Contact{Keys: []chat.ContactKey{known(chat.KeyBSUID, "BR.1", ""), known(chat.KeyPhone, "551199990001", "")}}
	require.True(t, chat.Channel{AllowList: []string{"+5511977770001", "BR.1"}}.Allows(who))
	require.False(t, chat.Channel{AllowList: []string{"BR.2"}}.Allows(who))
	require.False(t, chat.Channel{AllowList: []string{"+5511999990001"}}.Allows(who), "a number that the contact had once is not where it is reached")
}
