package expr

// The limits below bound what one author can make one evaluation cost. Each answers a program that was seen to take
// seconds or gigabytes without it; limits_test.go keeps those programs.
const (
	// maxConditionBytes bounds a condition's source.
	maxConditionBytes = 4 << 10
	// maxConditionNodes bounds the syntax tree of a condition.
	maxConditionNodes = 300
	// maxPredicateDepth bounds loops within loops: any(a, any(b, ...)) is 2.
	maxPredicateDepth = 2
	// maxListItems bounds the lists that any, all, filter and their like walk over.
	maxListItems = 300
	// maxJoinedBytes bounds the text that + makes.
	maxJoinedBytes = 64 << 10
	// maxPatternBytes bounds a regular expression.
	maxPatternBytes = 256
	// maxPatternStates bounds the size of all regular expressions of one condition.
	maxPatternStates = 2000
	// machineMemory is the library's own budget, counted in list and map elements made.
	machineMemory = 100_000
	// workBudget bounds the steps of one evaluation; a step is about 20 ns of work.
	workBudget = 250_000

	// maxTemplateBytes bounds a template's source; a WhatsApp text has at most 4096 characters.
	maxTemplateBytes = 32 << 10
	// maxTemplateHoles bounds the {{ }} of one template.
	maxTemplateHoles = 200
	// maxHoleBytes bounds one {{ }}.
	maxHoleBytes = 4 << 10
	// maxHoleSteps bounds the names and keys of one {{ }}: its dots and brackets.
	maxHoleSteps = 64
	// maxTemplateFilters bounds the filters of one template.
	maxTemplateFilters = 300
	// maxFilterBytes bounds the text that goes into or comes out of a text filter.
	maxFilterBytes = 16 << 10
	// maxRenderedBytes bounds what a template renders to.
	maxRenderedBytes = 64 << 10

	// maxPathBytes bounds a payload path.
	maxPathBytes = 1 << 10
	// maxPathDots bounds the steps of a payload path.
	maxPathDots = 32
	// maxJSONDepth bounds the nesting of a payload that a path is read from: the library's parser is recursive.
	maxJSONDepth = 200
)
