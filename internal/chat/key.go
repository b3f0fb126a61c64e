package chat

// KeyKind is one of the ways by which a person is known.
type KeyKind string

// The kinds of keys. A contact is a set of them (domain.md: Contact).
const (
	// KeyPhone is a match key made by [PhoneKey]: national variants of one number share it.
	KeyPhone KeyKind = "phone"
	// KeyRoute is the provider's own address for the person (Meta's wa_id), kept verbatim for sending.
	KeyRoute KeyKind = "route"
	// KeyBSUID is Meta's business-scoped user id, such as "BR.1234".
	KeyBSUID KeyKind = "bsuid"
	// KeyParentBSUID is the same person's id for the business's parent portfolio (Meta: parent_user_id). It identifies, but no
	// message is sent to it.
	KeyParentBSUID KeyKind = "parent_bsuid"
	// KeyLID is WhatsApp's hidden id, such as "123456@lid". Its digits are never a phone.
	KeyLID KeyKind = "lid"
	// KeyExternal is an id of a platform or CRM.
	KeyExternal KeyKind = "external"
)

// Key is one identity of a person inside one tenant.
type Key struct {
	Kind  KeyKind `json:"kind"`
	Value string  `json:"value"`
}

// Recyclable tells a key that its owner can lose to a stranger: numbers are given out again, ids are not.
func (k Key) Recyclable() bool { return k.Kind == KeyPhone || k.Kind == KeyRoute }

// ContactKey is a key that a contact is known by.
type ContactKey struct {
	Key
	// Scope is where the key is valid: the provider's name of a route, the business of a BSUID; empty where it is valid
	// everywhere, or where nobody said.
	Scope string `json:"scope,omitempty"`
}

// Identity is what a message tells of the address that the person has now; empty fields tell nothing.
type Identity struct {
	// Phone is in E.164.
	Phone string `json:"phone,omitempty"`
	// Route is the provider's own address, verbatim.
	Route string `json:"route,omitempty"`
}

// TenantKey is a key together with its tenant: keys of two tenants never meet.
type TenantKey struct {
	TenantID string
	Key      Key
}
