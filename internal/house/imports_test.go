package house

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// find gives the row of a package; an exact path wins over a pattern, and a helper of tests ("internal/store/storetest")
// belongs to the room that it helps to test.
func find(t *testing.T, at string) room {
	t.Helper()
	if isTestHelper(at) {
		at = path.Dir(at)
	}
	best := -1
	for i, r := range rooms {
		if r.path == at {
			return r
		}
		if matches(r.path, at) {
			best = i
		}
	}
	require.NotEqual(t, -1, best, "%s has no row in the table of rooms: what may it import, and who may import it?", at)
	return rooms[best]
}

func isTestHelper(at string) bool { return strings.HasSuffix(at, "test") }

// matches tells whether a path is meant by a row: itself, or for "a/*" whatever lies below a.
func matches(pattern, at string) bool {
	base, below := strings.CutSuffix(pattern, "*")
	return pattern == at || below && strings.HasPrefix(at, base)
}

func meant(patterns []string, at string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, at) })
}

func TestTheTablePointsDownward(t *testing.T) {
	var wrong findings
	for _, r := range rooms {
		for _, name := range r.ours {
			if name == "*" || strings.HasPrefix(name, r.path+"/") {
				continue
			}
			below := find(t, name)
			if below.level >= r.level && r.level+below.level > 0 && !downstairs(below, r) {
				wrong.add("%s (level %d) may not know %s (level %d)", r.path, r.level, name, below.level)
			}
			if r.pure && !below.pure {
				wrong.add("%s is pure, %s is not", r.path, name)
			}
		}
	}
	wrong.report(t)
}

// downstairs tells whether a room is on a lower floor of the same house within the house.
func downstairs(below, r room) bool {
	return below.level == r.level && path.Dir(below.path) == path.Dir(r.path) && 0 < below.floor && below.floor < r.floor
}

func TestEveryImportIsInTheTable(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		if isTestHelper(p.path) {
			continue
		}
		r := find(t, p.path)
		for _, name := range p.ours(p.Imports) {
			switch {
			case isTestHelper(name), name == "internal/house":
				wrong.add("%s imports %s, which is for tests", p.path, name)
			case !meant(r.ours, name):
				wrong.add("%s may not import %s, only %s", p.path, name, strings.Join(r.ours, ", "))
			}
		}
	}
	wrong.report(t)
}

// Tests may look at whatever lies below their room or beside it, whether or not the room itself does; and at the nodes
// and formats, without which there is nothing to try the engine with.
func TestTestsLookDownwardToo(t *testing.T) {
	var wrong findings
	formats := find(t, "flows/followup").level
	for _, p := range packages(t) {
		r := find(t, p.path)
		imports := slices.Concat(p.TestImports, p.XTestImports)
		if isTestHelper(p.path) {
			imports = append(imports, p.Imports...)
		}
		for _, name := range p.ours(imports) {
			if below := find(t, name); below.level > max(r.level, formats) {
				wrong.add("a test of %s (level %d) may not import %s (level %d)", p.path, r.level, name, below.level)
			}
		}
	}
	wrong.report(t)
}

// Whoever tests the whole may look at it from outside with any library.
func TestLibrariesStayInTheirRooms(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		r := find(t, p.path)
		imports := p.Imports
		if r.level < levelOfWiring {
			imports = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		}
		for _, name := range imports {
			for _, g := range guests {
				if within(g.prefix, name) && !meant(g.rooms, r.path) {
					wrong.add("%s imports %s: %s", p.path, name, g.reason)
				}
			}
		}
	}
	wrong.report(t)
}

// What a room does not import itself must not come in behind a library that it does import.
func TestLibrariesDoNotComeInByTheBack(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		r := find(t, p.path)
		if r.level >= levelOfWiring || isTestHelper(p.path) {
			continue // helpers of tests put rooms together, as tests do
		}
		for _, name := range p.Deps {
			for _, g := range guests {
				if within(g.prefix, name) && !letsIn(r, g) {
					wrong.add("%s depends on %s: %s", p.path, name, g.reason)
				}
			}
		}
	}
	wrong.report(t)
}

// letsIn tells whether a room, or one that it may import, is among those for a guest.
func letsIn(r room, g guest) bool {
	return meant(g.rooms, r.path) || slices.ContainsFunc(rooms, func(below room) bool {
		return below.path != r.path && meant(r.ours, below.path) && letsIn(below, g)
	})
}

// within tells whether an import path is a guest's or lies below it. database/sql/driver does not count: it is an
// interface that small libraries (ids, decimals) implement for their values.
func within(prefix, name string) bool {
	base := strings.TrimSuffix(prefix, "/")
	return name == base || strings.HasPrefix(name, base+"/") && name != "database/sql/driver"
}

func TestTheProductDoesNotCarryItsTests(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		if isTestHelper(p.path) {
			continue
		}
		for _, name := range p.Imports {
			if slices.ContainsFunc(testsOnly, func(prefix string) bool { return within(prefix, name) }) {
				wrong.add("%s imports %s outside of its tests", p.path, name)
			}
		}
	}
	wrong.report(t)
}

func TestPureRoomsDoNothing(t *testing.T) {
	var wrong findings
	for _, p := range packages(t) {
		for _, name := range p.Imports {
			if find(t, p.path).pure && slices.Contains(never, name) {
				wrong.add("%s imports %s; it decides, and does nothing", p.path, name)
			}
		}
	}
	wrong.report(t)
}
