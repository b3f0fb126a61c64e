package web

// ByID is what a path names one thing by.
type ByID struct {
	ID string `path:"id" doc:"UUID ou número"`
}

// Paged is the query of a list that has pages and nothing else to choose.
type Paged struct{ Paging }

// Nothing is the input of a request that says all by its path.
type Nothing struct{}

// MessagePath names a message inside of something else.
type MessagePath struct {
	ID        string `path:"id"`
	MessageID string `path:"messageId"`
}
