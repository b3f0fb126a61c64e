// Package office is what a company, and whoever runs the installation, sets up: settings, keys, companies, subscriptions, and what
// the team was told.
// It must not know what the settings do elsewhere, nor the other families.
// Start reading at settings.go.
package office
