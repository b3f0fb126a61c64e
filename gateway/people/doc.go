// Package people knows for the endpoints who is meant, by a number, an id or another platform's name, and writes down what is said
// of them: facts for the inbox, deeds on a contact, what a pause kept back; whoever has work is woken.
// It must not know who asks, nor what flows make of it.
// Start reading at person.go; register.go is what it is made of.
package people
