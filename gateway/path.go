package gateway

// byID is what a path names one thing by.
type byID struct {
	ID string `path:"id" doc:"UUID ou número"`
}

// modelsIn is the query of a list that has pages and nothing else to choose.
type modelsIn struct{ Paging }

// nothing is the input of a request that says all by its path.
type nothing struct{}

// messagePath names a message inside of something else.
type messagePath struct {
	ID        string `path:"id"`
	MessageID string `path:"messageId"`
}
