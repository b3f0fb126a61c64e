package main

import (
	"net/http"

	"github.com/hibiken/asynqmon"
)

// console makes the handler of the whole console, page and API, and the function that closes its connections.
// Requests that change something are refused when readOnly is set, and from pages of other origins always:
// the console knows no users, so a browser's origin is all there is to go by.
func console(redisURL string, readOnly bool) (http.Handler, func() error, error) {
	queues, err := connect(redisURL)
	if err != nil {
		return nil, nil, err
	}
	handler := asynqmon.New(asynqmon.Options{RedisConnOpt: queues, ReadOnly: readOnly})
	return http.NewCrossOriginProtection().Handler(handler), handler.Close, nil
}
