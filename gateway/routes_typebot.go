package gateway

func (g *Gateway) typebotRoutes() []Route {
	return []Route{
		{Method: post, Path: "/typebot/lint", Access: key(viewer, "commands"), Family: "typebot", Summary: "Examina os comandos de um fluxo exportado, sem executar nada", mount: rest(g.lintTypebot)},
	}
}
