package briefs

// What callers hear of things that are not there, where several families may miss them.
const (
	ModelMissing = "Modelo de follow-up não encontrado"
	RuleMissing  = "Regra não encontrada"
)
