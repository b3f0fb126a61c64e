package meta

// seen remembers the ids of one webhook, because Meta repeats messages inside one POST.
// Few ids are compared one by one; a set pays only for large batches.
type seen struct {
	few []string
	set map[string]struct{}
}

const fewIDs = 16

// add tells whether the id is new.
func (s *seen) add(id string) bool {
	if s.set != nil {
		if _, known := s.set[id]; known {
			return false
		}
		s.set[id] = struct{}{}
		return true
	}
	for _, known := range s.few {
		if known == id {
			return false
		}
	}
	if s.few = append(s.few, id); len(s.few) > fewIDs {
		s.set = make(map[string]struct{}, 4*fewIDs)
		for _, known := range s.few {
			s.set[known] = struct{}{}
		}
	}
	return true
}
