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

// TenantKey is a key together with its tenant: keys of two tenants never meet.
type TenantKey struct {
	TenantID string
	Key      Key
}
