package actions

// List is every action, in the order in which descriptions show them.
func List() []Action {
	return []Action{SendMessage{}, SendTemplate{}}
}

// Find looks an action up by its name.
func Find(name string) (Action, bool) {
	for _, action := range List() {
		if action.Describe().Name == name {
			return action, true
		}
	}
	return nil, false
}

// Policies are the checks before a send, in the order of domain.md section 6. Pace comes after them, just before the claim.
func Policies() []Policy {
	return []Policy{
		{"best_before", checkBestBefore},
		{"opt_out", checkOptOut},
		{"reach", checkReach},
		{"pause", checkPause},
		{"handoff", checkHandoff},
		{"allow_list", checkAllowList},
		{"country", checkCountry},
		{"window", checkWindow},
		{"template_held", checkHeld},
		{"template", checkTemplate},
		{"marketing_rest", checkMarketingRest},
		{"gap", checkGap},
	}
}
