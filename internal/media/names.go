package media

import "retoma/internal/chat"

// nameFor is a file's name, or one that fits its type: providers want one, and phones show it.
func nameFor(file chat.File) string {
	if file.FileName != "" {
		return file.FileName
	}
	return string(file.Kind) + extension(file.MIME)
}

// extension is the usual ending of a type's files; empty where there is none.
func extension(name string) string {
	switch name {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/webp":
		return ".webp"
	case "video/mp4":
		return ".mp4"
	case "video/3gpp":
		return ".3gp"
	case "audio/mpeg":
		return ".mp3"
	case "audio/mp4":
		return ".m4a"
	case "audio/aac":
		return ".aac"
	case "audio/amr":
		return ".amr"
	case typeOpus, "audio/ogg":
		return ".ogg"
	case "application/pdf":
		return ".pdf"
	case typePlain:
		return ".txt"
	case "text/csv":
		return ".csv"
	}
	return ""
}
