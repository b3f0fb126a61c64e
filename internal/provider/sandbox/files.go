package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// files remembers what customers sent and what businesses uploaded, so that both can be fetched and sent by id. It has no lock of its own.
type files struct {
	byID  map[string]*ownedFile
	order []string
	bytes int
}

// ownedFile is one file. Without data it is only a link that the customer gave, and is fetched there.
type ownedFile struct {
	phoneNumberID string
	media         Media
	data          []byte
	sha256        string
	at            time.Time
	// uploaded files came from the business and are known to its whole account.
	uploaded bool
}

// mostFiles and mostFileBytes bound the memory; the oldest are forgotten first.
const (
	mostFiles     = 10_000
	mostFileBytes = 256 << 20
	// fileLife is how long Meta keeps a file (providers.md 1.3).
	fileLife = 30 * 24 * time.Hour
)

func newFiles() *files { return &files{byID: map[string]*ownedFile{}} }

func (f *files) put(file *ownedFile) {
	if file.data != nil {
		sum := sha256.Sum256(file.data)
		file.sha256 = hex.EncodeToString(sum[:])
	}
	f.byID[file.media.ID] = file
	f.order = append(f.order, file.media.ID)
	f.bytes += len(file.data)
	for len(f.order) > 1 && (len(f.order) > mostFiles || f.bytes > mostFileBytes) {
		f.drop(f.order[0])
	}
}

func (f *files) drop(id string) {
	file := f.byID[id]
	if file == nil {
		return
	}
	f.bytes -= len(file.data)
	delete(f.byID, id)
	for i, known := range f.order {
		if known == id {
			f.order = append(f.order[:i], f.order[i+1:]...)
			return
		}
	}
}

// find gives a file that has not yet passed its 30 days.
func (f *files) find(id string, now time.Time) *ownedFile {
	file := f.byID[id]
	if file == nil || now.Sub(file.at) >= fileLife {
		return nil
	}
	return file
}

func (f *files) owner(id string, now time.Time) string {
	if file := f.find(id, now); file != nil {
		return file.phoneNumberID
	}
	return ""
}
