// Asynqmon shows retoma's queues in a browser: it serves the asynqmon console over the Redis that the workers share.
// It must not know anything of retoma but where Redis is; it is a module of its own because that console's
// dependencies are old and must not hold back the product's.
// Start reading at main.go, then console.go (what is served) and connection.go (the forms of a Redis URL).
package main
