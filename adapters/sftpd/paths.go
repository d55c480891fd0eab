// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"path"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
)

// folder is a folder of the tree; the constant is its path.
type folder string

const (
	folderRoot      folder = "/"
	folderSignals   folder = "/signalen"
	folderNew       folder = "/signalen/nieuw"
	folderCollected folder = "/signalen/opgehaald"
	folderFeedback  folder = "/terugkoppelingen" // drop
	folderBatches   folder = "/aanleveringen"    // drop
	folderOutcomes  folder = "/uitkomsten"
	folderNotices   folder = "/berichten"
	folderReceived  folder = "/berichten/ontvangen"
	folderApplied   folder = "/berichten/toegepast"
	folderProofs    folder = "/bewijzen"
	folderPauses    folder = "/pauzes"
	folderChanges   folder = "/pauzewijzigingen" // drop
)

// treeOf gives the folders of a kind of party; none for a kind that has no
// business at this door.
func treeOf(k gateway.PartyKind) []folder {
	switch k {
	case gateway.KindMunicipality:
		return []folder{folderRoot, folderSignals, folderNew, folderCollected, folderFeedback, folderNotices, folderReceived,
			folderPauses, folderChanges, folderProofs}
	case gateway.KindCreditor:
		return []folder{folderRoot, folderBatches, folderOutcomes, folderNotices, folderReceived, folderApplied,
			folderPauses, folderChanges, folderProofs}
	}
	return nil
}

// drop reports whether clients may write files into the folder.
func (f folder) drop() bool {
	return f == folderFeedback || f == folderBatches || f == folderChanges
}

// node is a place in the tree: a folder when name is empty, else a name in it
// that may or may not exist.
type node struct {
	folder folder
	name   string
}

const maxName = 128

// resolve finds the place of a path for a kind of party. It looks nothing up:
// what is not spelled exactly as a folder, or a plain name in one, is no place.
func resolve(k gateway.PartyKind, p string) (node, bool) {
	tree := treeOf(k)
	if p == "" || len(p) > 512 || p[0] != '/' || path.Clean(p) != p {
		return node{}, false
	}
	for _, f := range tree {
		if string(f) == p {
			return node{folder: f}, true
		}
	}
	dir, name := path.Split(p)
	if dir != "/" {
		dir = strings.TrimSuffix(dir, "/")
	}
	for _, f := range tree {
		if string(f) == dir && plainName(name) {
			return node{f, name}, true
		}
	}
	return node{}, false
}

// plainName allows what clients need for their temporary names and what we
// need for ours, and nothing that a shell, a terminal or a log would mind.
func plainName(s string) bool {
	if s == "" || len(s) > maxName || s == "." || s == ".." {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// temporary reports whether a name in a drop folder is not yet meant.
func temporary(name string) bool {
	if name[0] == '.' {
		return true
	}
	for _, suffix := range []string{".part", ".filepart", ".partial", ".tmp"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// nameOf is the file name of a signal.
func nameOf(s gateway.Signal) string {
	return string(s.Municipality) + "_" + string(s.ID) + extensionOf(s.Format)
}

// formatOpenPGP is gateway.Signal.Format of what is sealed with OpenPGP.
const formatOpenPGP = "openpgp"

func extensionOf(format string) string {
	if format == formatOpenPGP {
		return ".json.pgp"
	}
	return ".json.jwe"
}

// signalOf reads the id out of the file name of a signal.
func signalOf(name string) (gateway.SignalID, bool) {
	code, rest, _ := strings.Cut(name, "_")
	if _, err := gateway.ParseMunicipality(code); err != nil || len(rest) < 36 {
		return "", false
	}
	id, err := gateway.ParseUUID(rest[:36])
	return gateway.SignalID(id), err == nil
}
