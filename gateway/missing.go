package gateway

// What callers hear of things that are not there, where several families may miss them.
const (
	modelMissing = "Modelo de follow-up não encontrado"
	ruleMissing  = "Regra não encontrada"
)
