package web

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Builds keeps the files of builds, for all nodes: what pages load later than themselves
// must be there when the server has been upgraded meanwhile.
type Builds interface {
	// Keep makes a build the newest one. archive is called if it is not kept yet.
	Keep(ctx context.Context, id string, archive func() ([]byte, error)) error
	// IDs gives the builds that are kept, the newest first.
	IDs(ctx context.Context) ([]string, error)
	// Read gives the archive of a build.
	Read(ctx context.Context, id string) ([]byte, error)
}

// Bounds of looking for a file of another build.
const (
	lookAgainAfter = time.Second
	lookWithin     = 10 * time.Second
)

// otherBuilds are the files of other builds. They are read when the first of them is asked
// for. A node that is upgraded later than others looks for newer ones too.
type otherBuilds struct {
	demo bool

	mu     sync.Mutex
	own    string // id of the build that is served itself
	kept   Builds // nil until Remember
	logger *slog.Logger
	looked time.Time
	loaded []otherBuild // the newest first
}

type otherBuild struct {
	id    string
	files map[string]*asset // by URL path
}

// Remember keeps the files of this build in kept, and serves from then on those of other
// builds that are there: what has a hash in its name, and the entries of a full version.
func (a *Assets) Remember(ctx context.Context, kept Builds, logger *slog.Logger) error {
	id, err := buildID(a.dist, a.version)
	if err != nil {
		return err
	}
	a.others.mu.Lock()
	a.others.own, a.others.kept, a.others.logger, a.others.looked = id, kept, logger, time.Time{}
	a.others.mu.Unlock()
	return kept.Keep(ctx, id, func() ([]byte, error) { return pack(a.dist, a.version) })
}

// find gives the file of another build. It gives nil if no other build has the file.
func (o *otherBuilds) find(urlPath string) *asset {
	if !hashedName.MatchString(urlPath) && !fullVersion.MatchString(urlPath) {
		return nil
	}
	return o.search(func(files map[string]*asset) *asset { return files[urlPath] })
}

// search gives the first file that is found in a build. It looks for other builds before it
// gives up, which is nil.
func (o *otherBuilds) search(in func(files map[string]*asset) *asset) *asset {
	o.mu.Lock()
	defer o.mu.Unlock()
	if file := o.first(in); file != nil || o.kept == nil || time.Since(o.looked) < lookAgainAfter {
		return file
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	o.look(ctx)
	o.looked = time.Now()
	return o.first(in)
}

func (o *otherBuilds) first(in func(files map[string]*asset) *asset) *asset {
	for _, build := range o.loaded {
		if file := in(build.files); file != nil {
			return file
		}
	}
	return nil
}

// look loads what is kept by now, and forgets what is no longer.
func (o *otherBuilds) look(ctx context.Context) {
	ids, err := o.kept.IDs(ctx)
	if err != nil {
		o.logger.Warn("files of other builds cannot be listed", "error", err)
		return
	}
	var found []otherBuild
	for _, id := range ids {
		n := slices.IndexFunc(o.loaded, func(b otherBuild) bool { return b.id == id })
		switch {
		case id == o.own:
		case n >= 0:
			found = append(found, o.loaded[n])
		default:
			files, err := o.load(ctx, id)
			if err != nil {
				o.logger.Warn("the files of another build cannot be served", "build", id, "error", err)
				continue
			}
			found = append(found, otherBuild{id, files})
		}
	}
	o.loaded = found
}

func (o *otherBuilds) load(ctx context.Context, id string) (map[string]*asset, error) {
	archive, err := o.kept.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	dist, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	version := dist.Comment
	if is, err := buildID(dist, version); err != nil || is != id {
		return nil, errors.Join(err, fmt.Errorf("what is kept is another build, %q", is))
	}
	built, err := loadBuild(dist, version, o.demo)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(built.files, func(urlPath string, _ *asset) bool {
		return !hashedName.MatchString(urlPath) && !fullVersion.MatchString(urlPath)
	})
	return built.files, nil
}

// forOthers visits the files of a build that are kept for pages of later builds, with their
// compressed forms, in the order of their names.
func forOthers(dist fs.FS, visit func(name string, content []byte) error) error {
	return fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain := strings.TrimSuffix(strings.TrimSuffix(name, ".br"), ".gz")
		if plain != script && plain != element && !strings.HasPrefix(plain, "esm/") && !hashedName.MatchString(plain) || strings.HasPrefix(path.Base(name), ".") {
			return nil
		}
		content, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		return visit(name, content)
	})
}

// buildID names a build by its version and the content of its files.
func buildID(dist fs.FS, version string) (string, error) {
	all := sha256.New()
	fmt.Fprintln(all, version)
	err := forOthers(dist, func(name string, content []byte) error {
		fmt.Fprintf(all, "%s %x\n", name, sha256.Sum256(content))
		return nil
	})
	return hex.EncodeToString(all.Sum(nil)[:8]), err
}

// pack makes a zip archive of a build, whose comment is the version.
func pack(dist fs.FS, version string) ([]byte, error) {
	var archive bytes.Buffer
	out := zip.NewWriter(&archive)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	err := forOthers(dist, func(name string, content []byte) error {
		method := zip.Deflate
		if isVariant(name) {
			method = zip.Store
		}
		w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	})
	err = errors.Join(err, out.SetComment(version), out.Close())
	return archive.Bytes(), err
}
