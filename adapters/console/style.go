// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strconv"
)

//go:embed static/console.css static/nlds/*.css
var styleFiles embed.FS

// stylesheet is all style in one file: the tokens and components of NL Design
// System, then our own. Its address changes with its content, so a browser may
// keep it.
type stylesheet struct {
	path string
	data []byte
}

func newStylesheet() (*stylesheet, error) {
	vendored, err := fs.Glob(styleFiles, "static/nlds/*.css") // in the order of names: no component leans on another
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, name := range append(vendored, "static/console.css") {
		data, err := styleFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all.Write(data)
		all.WriteByte('\n')
	}
	sum := sha256.Sum256(all.Bytes())
	return &stylesheet{"/stijl/" + hex.EncodeToString(sum[:8]) + ".css", all.Bytes()}, nil
}

func (s *stylesheet) serve(w http.ResponseWriter, r *http.Request) {
	serveStatic(w, r, "text/css; charset=utf-8", s.data)
}

func serveStatic(w http.ResponseWriter, r *http.Request, kind string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

// icon is a signal at danger and one at clear.
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="9" y="2" width="14" height="28" rx="7" fill="#1b1b1b"/><circle cx="16" cy="10" r="4.5" fill="#e2574c"/><circle cx="16" cy="22" r="4.5" fill="#3aa76d"/></svg>`

func serveIcon(w http.ResponseWriter, r *http.Request) {
	serveStatic(w, r, "image/svg+xml", []byte(icon))
}
