package desk

// Merge asks that two contacts become one, because they are one person.
type Merge struct {
	TenantID string
	// StaysID is the contact that is left, GoesID the one that goes into it. Contacts that were merged before stand for those
	// that they became.
	StaysID, GoesID string
	// ElderStays lets the contact stay that is known for longer, whichever of the two that is.
	ElderStays bool
	// By is what said so: "message" (a provider's message named both) or "api".
	By string
}

// Merged is what became of a merge.
type Merged struct {
	// ContactID is the contact that is left; it has something to be worked on now.
	ContactID string
	// GoneID is the one that went into it; empty if the two were one already.
	GoneID string
}
