package ai

// usualAnswer is how many tokens a message to a customer usually has, with some to spare.
const usualAnswer = 200

// Estimate is what writing a message will probably use, for whoever has to know before it begins: what the model is to
// read, four characters a token, and a usual answer.
func Estimate(job Job) Usage {
	expected := Usage{OutputTokens: usualAnswer}
	for _, line := range prompt(job) {
		expected.InputTokens += estimate(line.Text)
	}
	expected.SpendMicros = job.Assistant.Cost(expected.InputTokens, expected.OutputTokens)
	return expected
}
