package chat

// Address is where the provider reaches the contact: its route, else the phone's digits.
func (c Contact) Address() string {
	if c.Route != "" {
		return c.Route
	}
	return onlyDigits(c.Phone)
}

// AddressOn is where one provider reaches the contact: a route of its own where there is one, else [Contact.Address].
// Whoever has neither is reached by a key (see [Contact.KeysOn]).
func (c Contact) AddressOn(provider string) string {
	own := ""
	for _, key := range c.Keys {
		if key.Kind != KeyRoute || key.Scope != provider || provider == "" {
			continue
		}
		if key.Value == c.Route {
			return key.Value
		}
		if own == "" {
			own = key.Value
		}
	}
	if own != "" && !c.routeIsOf(provider) {
		return own
	}
	return c.Address()
}

// routeIsOf tells whether the contact's route may be used at a provider: it is that one's, or nobody said whose it is.
func (c Contact) routeIsOf(provider string) bool {
	if c.Route == "" {
		return false
	}
	for _, key := range c.Keys {
		if key.Kind == KeyRoute && key.Value == c.Route {
			return key.Scope == "" || key.Scope == provider
		}
	}
	return true
}

// KeysOn are the keys that name the contact at one provider and business. Those that are known to be valid elsewhere are
// left out where there is one that is valid here; where there is none, the provider is asked all the same, because what is
// known of a key's business may be out of date.
func (c Contact) KeysOn(provider, business string) []Key {
	here := map[KeyKind]string{KeyRoute: provider, KeyBSUID: business}
	has := map[KeyKind]bool{}
	for _, key := range c.Keys {
		has[key.Kind] = has[key.Kind] || key.Scope == here[key.Kind]
	}
	var keys []Key
	for _, key := range c.Keys {
		if key.Scope == "" || key.Scope == here[key.Kind] || key.Kind == KeyBSUID && !has[KeyBSUID] {
			keys = append(keys, key.Key)
		}
	}
	return keys
}
