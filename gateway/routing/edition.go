// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The names in the zips of 2016 to 2025; an entry may lie in a folder.
const (
	mainPattern  = `(?i)^pc6hnr(\d{4})\d{4}.*\.csv$`
	namesPattern = `(?i)^gem(eente|eenten|eentenaam)?_?\d{4}.*\.csv$`
	largestNames = 1 << 20
)

// edition is a CBS file that is open for reading.
type edition struct {
	entry, namesEntry string
	sum               [32]byte
	size              int64 // of the main file, unpacked, as the zip states it
	main              io.ReadCloser
	names             Municipalities
}

func openEdition(name string, r io.ReaderAt, size int64) (*edition, error) {
	whole := func() *io.SectionReader { return io.NewSectionReader(r, 0, size) }
	e := &edition{entry: path.Base(strings.ReplaceAll(name, `\`, "/")), size: size}
	hash := sha256.New()
	if _, err := io.Copy(hash, whole()); err != nil {
		return nil, err
	}
	hash.Sum(e.sum[:0])
	var magic [4]byte
	if n, _ := r.ReadAt(magic[:], 0); n == 4 && bytes.Equal(magic[:], []byte("PK\x03\x04")) {
		return e, e.openZip(r, size)
	}
	e.main = io.NopCloser(whole())
	return e, nil
}

func (e *edition) openZip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("open zip: %w", err)
	}
	found := matching(z, mainPattern)
	if len(found) != 1 {
		return ErrNoMainFile
	}
	e.entry, e.size = path.Base(found[0].Name), int64(min(found[0].UncompressedSize64, largestFile))
	if e.main, err = found[0].Open(); err != nil {
		return fmt.Errorf("open zip: %w", err)
	}
	e.readNames(z)
	return nil
}

// readNames takes the names when there is one file of them that reads well.
// Names are for people; no decision hangs on them.
func (e *edition) readNames(z *zip.Reader) {
	found := matching(z, namesPattern)
	if len(found) != 1 {
		return
	}
	f, err := found[0].Open()
	if err != nil {
		return
	}
	defer f.Close()
	names, err := ReadMunicipalities(io.LimitReader(f, largestNames))
	if err != nil {
		return
	}
	e.names, e.namesEntry = names, path.Base(found[0].Name)
}

func matching(z *zip.Reader, pattern string) []*zip.File {
	name := regexp.MustCompile(pattern)
	var found []*zip.File
	for _, f := range z.File {
		if name.MatchString(path.Base(strings.ReplaceAll(f.Name, `\`, "/"))) {
			found = append(found, f)
		}
	}
	return found
}

// checkHeader refuses any order of columns but the one that all editions have.
func checkHeader(header []string) error {
	columns := [5][]string{
		{"pc", "postcode"},
		{"huisnummer", "huisnr", "nr"},
		{"buurt", "buurtcode", "gwbcode"},
		{"wijk", "wijkcode"},
		{"gemeente", "gemeentecode", "gem", "gemcode"},
	}
	if len(header) != len(columns) {
		return ErrHeader
	}
	for i, names := range columns {
		if !slices.Contains(names, header[i]) {
			return ErrHeader
		}
	}
	return nil
}

// yearOf takes the year from the name of the main file, from the columns
// (Gemeente2025) and from the caller. The name of the zip does not count: those
// of 2021 and 2022 name the year before. Sources that differ mean a mix.
func yearOf(entry string, titles []string, given int) (int, error) {
	years := make(map[int]bool)
	if given != 0 {
		years[given] = true
	}
	if m := regexp.MustCompile(mainPattern).FindStringSubmatch(entry); m != nil {
		year, _ := strconv.Atoi(m[1])
		years[year] = true
	}
	inTitle := regexp.MustCompile(`20\d\d`)
	for _, title := range titles {
		if s := inTitle.FindString(title); s != "" {
			year, _ := strconv.Atoi(s)
			years[year] = true
		}
	}
	if len(years) != 1 {
		return 0, ErrYear
	}
	for year := range years {
		if year >= firstYear && year <= lastYear {
			return year, nil
		}
	}
	return 0, ErrYear
}
