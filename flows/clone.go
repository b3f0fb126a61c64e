package flows

import "slices"

// clone copies a run so deeply that nothing done to the copy shows in the original.
func (r Run) clone() Run {
	r.Visited = slices.Clone(r.Visited)
	r.Vars, r.Trigger, r.Outputs = cloneMap(r.Vars), cloneMap(r.Trigger), cloneMap(r.Outputs)
	if r.Open != nil {
		open := *r.Open
		open.Log = slices.Clone(open.Log)
		r.Open = &open
	}
	return r
}

func cloneMap(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	copied := make(map[string]any, len(m))
	for key, value := range m {
		copied[key] = cloneValue(value)
	}
	return copied
}

// cloneValue copies JSON-like values; all other kinds are immutable.
func cloneValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return cloneMap(value)
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = cloneValue(item)
		}
		return copied
	case []string:
		return slices.Clone(value)
	}
	return value
}
