package server

import (
	"archive/zip"
	"context"
	"io"
	"strings"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// exportUserWithFiles is exportUser with the content of files, as a ZIP archive.
func (s *Server) exportUserWithFiles(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.export(ctx, c, "zip", "application/zip", func(to io.Writer, app string, u identity.User) {
		if err := s.writeArchive(to, app, u, notesFor(c)); err != nil {
			s.warn("export: the archive ended early", err)
		}
	})
}

// writeArchive writes user.json, which is the export, and behind it the files that the
// export names. An archive that lacks anything has no end, so that no program opens it.
func (s *Server) writeArchive(to io.Writer, app string, u identity.User, notes notesInExport) error {
	archive := zip.NewWriter(to)
	document, err := archive.Create("user.json")
	if err != nil {
		return err
	}
	fileIDs, err := s.writeExport(document, app, u, notes)
	for _, id := range fileIDs {
		if err == nil {
			err = s.archiveFile(archive, app, id)
		}
	}
	if err != nil {
		return err
	}
	return archive.Close()
}

// archiveFile adds a file, as it is: most are compressed already. One that was removed
// is left out.
func (s *Server) archiveFile(archive *zip.Writer, app, id string) error {
	f, content, err := s.media.Open(s.ctx, app, id)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := archive.CreateHeader(&zip.FileHeader{Name: archivedName(id, f.Name), Method: zip.Store})
	if err == nil {
		_, err = io.Copy(to, content)
	}
	return err
}

// longestArchivedName is how much of a file's name is kept, in bytes. File systems take
// 255, of which the id needs some.
const longestArchivedName = 120

// archivedName is where a file is in the archive. Its id makes it unique, and a name that
// no system takes for a device; what means something in a path is left out.
func archivedName(id, name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if extra := len(safe) - longestArchivedName; extra > 0 { // the end says what it is
		safe = safe[extra:]
	}
	return "files/" + id + "-" + strings.TrimRight(strings.ToValidUTF8(safe, ""), " .")
}
