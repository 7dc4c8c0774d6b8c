package chatstate

// File is a file as messages tell of it.
type File struct {
	ID   string `json:"id"`
	URL  string `json:"url"`
	Type string `json:"type"`
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}
