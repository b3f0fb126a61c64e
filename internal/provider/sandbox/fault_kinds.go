package sandbox

// FaultKind is a way in which the sandbox can misbehave, known by its name.
type FaultKind struct {
	Name string `json:"name"`
	// Description says in Portuguese what then happens.
	Description string           `json:"description"`
	Parameters  []FaultParameter `json:"parameters"`
}

// FaultParameter is a value that a fault takes. Kind is number, text or switch.
type FaultParameter struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Kind        string `json:"kind"`
	Default     any    `json:"default"`
	// Min and Max bound a number; Choices are the texts or numbers that are taken, any if there are none.
	Min     float64 `json:"min,omitempty"`
	Max     float64 `json:"max,omitempty"`
	Choices []any   `json:"choices,omitempty"`
}

func amount(name, description string, standard, least, most float64) FaultParameter {
	return FaultParameter{Name: name, Description: description, Kind: "number", Default: standard, Min: least, Max: most}
}

func oneOf(name, description string, choices ...any) FaultParameter {
	kind := "text"
	if _, is := choices[0].(float64); is {
		kind = "number"
	}
	return FaultParameter{Name: name, Description: description, Kind: kind, Default: choices[0], Choices: choices}
}

func words(name, description, standard string) FaultParameter {
	return FaultParameter{Name: name, Description: description, Kind: "text", Default: standard}
}

func onOff(name, description string, standard bool) FaultParameter {
	return FaultParameter{Name: name, Description: description, Kind: "switch", Default: standard}
}
