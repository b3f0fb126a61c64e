package gateway_test

import (
	"fmt"
	"time"

	"retoma/gateway/gatewaytest"
	"retoma/internal/fault"
)

// crowd is how many customers take part in the scenes with numbers.
const crowd = 60

// customers lets the crowd write for the first time.
func (s *stage) customers() {
	s.T.Helper()
	for i := range crowd {
		s.writes(customer(i), fmt.Sprintf("Cliente %d", i), phoneOf(i))
	}
}

func customer(i int) string { return fmt.Sprintf("customer %d", i) }

func phoneOf(i int) string { return fmt.Sprintf("55119800000%02d", i) }

// scheduled plans a follow-up of a rule for one of the crowd, and gives its id.
func (s *stage) scheduled(rule string, i int, due time.Time) string {
	s.T.Helper()
	return s.Done(201, "POST", gatewaytest.SchedulePath, s.Ours.Operator, object{
		"ruleId": s.names[rule], "conversationId": s.names[customer(i)+".conversation"], "scheduledFor": due.Format(time.RFC3339),
	}).Text("id")
}

// sends lets follow-ups of a rule be planned and sent, and some of them be answered, exactly an hour later. They go out in
// batches of the crowd's size, 75 minutes for each.
func (s *stage) sends(rule string, count, answered int) {
	s.T.Helper()
	for done := 0; done < count; done += crowd {
		batch := min(crowd, count-done)
		due := s.Clock().Add(time.Minute)
		for i := range batch {
			s.scheduled(rule, i, due)
		}
		s.at(due)
		for i := range batch {
			s.work(customer(i))
		}
		s.Advance(time.Hour)
		for i := range min(batch, max(0, answered-done)) {
			s.writes(customer(i), "", phoneOf(i))
		}
		s.Advance(14 * time.Minute)
	}
}

// fails lets follow-ups be planned and be refused by the provider for good.
func (s *stage) fails(rule string, count int) {
	s.T.Helper()
	s.line.refuses = fault.New(fault.Media, "o provedor recusou")
	s.sends(rule, count, 0)
	s.line.refuses = nil
}

// cancels lets follow-ups be planned and be cancelled before their time.
func (s *stage) cancels(rule string, count int) {
	s.T.Helper()
	for i := range count {
		id := s.scheduled(rule, i, s.Clock().Add(time.Hour))
		s.Done(200, "POST", "/api/followups/cancel/"+id, s.Ours.Operator, nil)
	}
}

// waits plans follow-ups for the day after.
func (s *stage) waits(rule string, count int) {
	s.T.Helper()
	for i := range count {
		s.scheduled(rule, i, s.Clock().Add(24*time.Hour))
	}
}

// aRuleWithNumbers is the rule of the document's list: 150 sent, 25 pending, 10 cancelled.
func aRuleWithNumbers(s *stage) {
	s.newRule("rule", object{"message": abridgedText, "conditions": nil})
	s.customers()
	s.at(on(19, 1, 0, 0))
	s.sends("rule", 150, 0)
	s.cancels("rule", 10)
	s.waits("rule", 25)
}

// aBusyMonth is a month of five rules whose numbers are those of the documents: 620 sent, 23 of them on its last day and
// 156 since Monday 12; 300 of the first rule, of which 180 were answered, and 75 of a hundred of the second; 48 cancelled;
// 50 failed, so that 92.5 % succeeded; 45 are waiting.
func aBusyMonth(s *stage, lastDay int) {
	s.newRule("rule", object{"conditions": nil})
	s.newRule("proposal", proposalByHand)
	for _, name := range []string{"Boas-vindas", "Pós-venda", "Aniversário"} {
		s.newRule(name, object{"name": name, "conditions": nil, "triggerType": "CUSTOM"})
	}
	s.Done(200, "POST", gatewaytest.RulesPath+"/"+s.names["Aniversário"]+"/toggle", s.Ours.Admin, nil)
	s.customers()

	s.at(on(9, 1, 0, 0))
	s.sends("rule", 200, 120)
	s.sends("proposal", 60, 45)
	s.sends("Boas-vindas", 204, 108)
	s.fails("Boas-vindas", 50)
	s.cancels("Boas-vindas", 46)

	s.at(on(12, 1, 0, 0))
	s.sends("rule", 90, 54)
	s.sends("proposal", 35, 26)
	s.sends("Boas-vindas", 8, 5)

	s.at(on(lastDay, 1, 0, 0))
	s.sends("rule", 10, 6)
	s.sends("proposal", 5, 4)
	s.sends("Boas-vindas", 8, 4)
	s.cancels("Boas-vindas", 2)
	s.waits("Pós-venda", 45)
}

// proposalByHand is the second rule without a stage that the crowd would have to be in.
var proposalByHand = object{"name": "Follow-up Proposta", "triggerType": "CUSTOM", "conditions": nil}
