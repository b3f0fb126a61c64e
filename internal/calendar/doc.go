// Package calendar is the one place for wall-clock arithmetic: zones, clock times, intervals, sending hours, and
// where local days begin.
// It must not know the current time, any database, or what is sent; the clock and the zone are parameters.
// Start reading at [Resolve]: every other local rule ends in it.
package calendar
