package calendar

import (
	"strings"
	"time"
	_ "time/tzdata" // zone data travels in the binary (domain.md section 3)

	"retoma/internal/fault"
)

// Zone loads an IANA zone such as "America/Sao_Paulo" or "UTC". An empty or unknown name is a [fault.Invalid] error
// whose Field is "timezone" (domain.md section 3: a bad name is refused when saved).
//
// Names whose meaning depends on the machine ("Local", "localtime", "posixrules") and the copies of the data with other
// rules ("posix/...", "right/..." counts leap seconds, which Go does not) are refused as unknown.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, fault.Required("timezone")
	}
	if !dependsOnMachine(name) {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return nil, fault.Field("timezone", "fuso horário desconhecido: %s; use um nome IANA, como America/Sao_Paulo", quote(name))
}

func dependsOnMachine(name string) bool {
	switch name {
	case "Local", "localtime", "posixrules":
		return true
	}
	return strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/")
}
