// Package web is what every family of endpoints needs and none owns: how a row of the table becomes a route with its checks and
// its entry in the document, who is calling, and what answers, lists and failures look like.
// It must not know any family, nor what an endpoint is about: here are forms, not follow-ups.
// Start reading at route.go, a row of the table; rest.go shows how an endpoint becomes a route, server.go what surrounds it.
package web
