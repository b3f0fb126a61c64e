package entrance

import (
	"slices"

	"retoma/internal/desk"
)

// pieceSize is how many items of one webhook are written in one commit. A provider may send thousands at once: one commit of
// them all would hold every other writer up, and if it took too long nothing of it would be kept, however often it came again.
const pieceSize = 250

// pieces cuts an intake into commits of bounded size, in order. Each item is known by its key, so when a later piece fails and
// the provider comes again with the whole, the earlier ones are only looked up.
func pieces(whole desk.Intake, size int) []desk.Intake {
	var cut []desk.Intake
	for part := range slices.Chunk(whole.Arrivals, size) {
		cut = append(cut, desk.Intake{Arrivals: part})
	}
	for part := range slices.Chunk(whole.Statuses, size) {
		cut = append(cut, desk.Intake{Statuses: part})
	}
	for part := range slices.Chunk(whole.Rejected, size) {
		cut = append(cut, desk.Intake{Rejected: part})
	}
	if len(whole.Arrivals)+len(whole.Statuses)+len(whole.Rejected) <= size && len(cut) > 0 {
		return []desk.Intake{whole}
	}
	return cut
}
