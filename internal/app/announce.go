package app

import "fmt"

// announce tells the person at the terminal where everything is, and what to try.
func (a *App) announce() {
	if !a.config.serves() {
		fmt.Fprintf(a.out, "\nretoma worker is running (database: %s).\n", a.parts.Store.Engine())
		return
	}
	fmt.Fprintf(a.out, "\nretoma is running at %s  (role %s, database %s, queue %s)\n", a.URL(), a.config.Role, a.parts.Store.Engine(), a.queueName())
	fmt.Fprintf(a.out, "  API reference    %s/docs\n", a.URL())
	if a.parts.Sandbox != nil {
		fmt.Fprintf(a.out, "  Phone simulator  %s/sandbox/\n", a.URL())
	}
	if a.Welcome != nil {
		a.welcome()
	}
}

func (a *App) queueName() string {
	if a.config.embedded() {
		return "embedded"
	}
	return "Redis"
}

func (a *App) welcome() {
	key := a.Welcome.Key
	if key != "" {
		fmt.Fprintf(a.out, "  Admin API key    %s   (shown only now: keep it)\n", key)
	} else {
		key = "$RETOMA_BOOTSTRAP_KEY"
	}
	if a.Welcome.Model == 0 {
		return
	}
	fmt.Fprintf(a.out, `
Try it. The customer writes, which opens the 24-hour window:
  curl -X POST %[1]s/sandbox/api/phones/%[2]s/messages -H 'Content-Type: application/json' -d '{"text":"Oi, quero um orçamento","name":"Ana Souza"}'
Then put her into the follow-up: the first message goes out at once, the next in a minute, and none after she answers:
  curl -X POST %[1]s/updatefollowup -H 'Authorization: Bearer %[3]s' -H 'Content-Type: application/json' -d '{"number":"%[2]s","followup":%[4]d}'
Watch her phone at %[1]s/sandbox/

`, a.URL(), demoPhone, key, a.Welcome.Model)
}
