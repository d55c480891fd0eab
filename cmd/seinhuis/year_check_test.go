// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// nothingOverdue asks every table with a last day, without the gateway's code.
func (p *yearPlay) nothingOverdue() {
	var tables []string
	p.each(`SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'expires_on'`, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		tables = append(tables, name)
		return err
	})
	if len(tables) < 12 {
		p.t.Fatalf("only %v have a last day", tables)
	}
	today := midnightOf(p.today()).AddDate(0, 0, 1).Unix() / 86400 // days since 1970
	for _, table := range tables {
		var left int
		p.must(p.raw.QueryRowContext(p.ctx, `SELECT count(*) FROM `+table+` WHERE expires_on < ?`, today).Scan(&left))
		if left != 0 {
			p.t.Errorf("%s: %d rows past their last day", table, left)
		}
	}
}

// objectNames gives, per kind, the names of all objects that are in the file.
var objectNames = map[retention.Kind]string{
	retention.KindBody:      `SELECT 'signaal/', s.id, '/inhoud' FROM body AS b JOIN signal AS s ON s.number = b.number`,
	retention.KindTokens:    `SELECT DISTINCT 'signaal/', s.id, '/pseudoniemen' FROM trail AS t JOIN signal AS s ON s.number = t.signal`,
	retention.KindNotice:    `SELECT 'bericht/', id, '' FROM notice`,
	retention.KindPause:     `SELECT 'pauze/', id, '' FROM pause`,
	retention.KindSignal:    `SELECT 'signaal/', id, '' FROM signal`,
	retention.KindReport:    `SELECT 'melding/'||creditor||'/', id, '' FROM report`,
	retention.KindFeedback:  `SELECT 'terugkoppeling/', signal, '/'||lower(substr(hex(id),1,8)||'-'||substr(hex(id),9,4)||'-'||substr(hex(id),13,4)||'-'||substr(hex(id),17,4)||'-'||substr(hex(id),21)) FROM feedback`,
	retention.KindChange:    `SELECT 'pauzewijziging/'||party||'/', id, '' FROM pause_change`,
	retention.KindAlarm:     `SELECT 'alarm/', subject, '/'||kind||'/'||term FROM alarm`,
	retention.KindObjection: `SELECT 'bezwaar/', id, '' FROM objection`,
	retention.KindHold:      `SELECT 'opschorting/', id, '' FROM hold`,
}

// storeIsTheModel: what the receipts say went is not there, and all the rest is.
func (p *yearPlay) storeIsTheModel() {
	there := map[gateway.Digest]bool{}
	for kind, query := range objectNames {
		p.each(query, func(scan func(...any) error) error {
			var before, after string
			var id []byte
			err := scan(&before, &id, &after)
			name := before + uuidText(id) + after
			there[gateway.DigestOf([]byte(name))] = true
			if o := p.m.object(name); o == nil || o.gone {
				p.t.Fatalf("%s %s is in the store, and in the model %+v", kind, name, o)
			}
			return err
		})
	}
	relations := 0
	for sum, o := range p.m.objects {
		if strings.Contains(o.name, "/verband/") {
			if !o.gone {
				relations++
			}
		} else if o.gone == there[sum] {
			p.t.Fatalf("%s: gone %t, in the store %t", o.name, o.gone, there[sum])
		}
	}
	var rows int
	p.must(p.raw.QueryRowContext(p.ctx, `SELECT count(*) FROM relation`).Scan(&rows))
	if rows != relations {
		p.t.Errorf("%d relations in the store, %d in the model", rows, relations)
	}
}

// yearBackup is a copy of the store, without the keyring.
type yearBackup struct {
	p       *yearPlay
	db      *sql.DB
	records int
	traces  [][]byte // ciphertext and pseudonyms, as they rest
	objects []*yearObject
}

// backUp copies the store as an operator does, and sees that everything in the
// copy opens: otherwise the check at the end proves nothing.
func (p *yearPlay) backUp() *yearBackup {
	path := filepath.Join(p.dir, "reserve.db")
	whole, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, databaseFile))
	p.must(err)
	_, err = whole.ExecContext(p.ctx, `VACUUM INTO ?`, path)
	p.must(errors.Join(err, whole.Close()))
	b := &yearBackup{p: p}
	b.db, err = sql.Open("sqlite", "file:"+path)
	p.must(err)
	p.t.Cleanup(func() { _ = b.db.Close() })
	opened, destroyed := b.open(func(item keys.WrapItem, plain []byte, body bool) {
		content, _, err := gatewaytest.Unseal(plain)
		if body && (err != nil || !bytes.Contains(content, []byte("signaalId"))) || !body && !bytes.HasPrefix(plain, []byte("ey")) {
			p.t.Fatalf("a record of the backup opens to something else: %v", err)
		}
		if bytes.Contains(content, []byte(surname)) {
			b.records++
		}
		name := "bericht/" + item.ID
		if body {
			name = "signaal/" + item.ID + "/inhoud"
		}
		b.traces, b.objects = append(b.traces, bytes.Clone(item.Data[16:40])), append(b.objects, p.m.object(name))
	})
	if opened == 0 || destroyed != 0 || b.records == 0 {
		p.t.Fatalf("the backup: %d open, %d do not, %d name a resident", opened, destroyed, b.records)
	}
	b.records = opened
	for sum := range p.claims() { // a later report of the same claim has the same
		b.traces, b.objects = append(b.traces, sum[:]), append(b.objects, nil)
	}
	return b
}

// claims are the pseudonyms of claims that rest in the store.
func (p *yearPlay) claims() map[[24]byte]bool {
	sums := map[[24]byte]bool{}
	p.each(`SELECT DISTINCT sum FROM trail WHERE token = 'claim'`, func(scan func(...any) error) error {
		var sum []byte
		err := scan(&sum)
		sums[[24]byte(sum)] = true
		return err
	})
	return sums
}

// open takes the wrapping off everything in the backup, with the keyring as it is now.
func (b *yearBackup) open(each func(item keys.WrapItem, plain []byte, body bool)) (opened, destroyed int) {
	for _, query := range []string{`SELECT s.id, b.scope, b.wrapped FROM body AS b JOIN signal AS s ON s.number = b.number`, `SELECT id, scope, wrapped FROM notice`} {
		rows, err := b.db.QueryContext(b.p.ctx, query)
		b.p.must(err)
		for rows.Next() {
			var id []byte
			var item keys.WrapItem
			b.p.must(rows.Scan(&id, &item.Scope, &item.Data))
			item.ID = uuidText(id)
			plain, err := b.p.ring.Unwrap(b.p.ctx, []keys.WrapItem{item})
			switch {
			case err == nil:
				opened++
				each(item, plain[0], strings.Contains(query, "body"))
			case errors.Is(err, keys.ErrDestroyed) && plain[0] == nil:
				destroyed++
			default:
				b.p.must(err)
			}
		}
		b.p.must(errors.Join(rows.Err(), rows.Close()))
	}
	return opened, destroyed
}

// opensNothing: eight months later all that the backup holds is due, and the
// keyring of today opens none of it. Neither is it left in the bytes of the store.
func (b *yearBackup) opensNothing() {
	opened, destroyed := b.open(func(item keys.WrapItem, _ []byte, _ bool) {
		b.p.t.Errorf("%s under %s still opens", item.ID, item.Scope)
	})
	if opened != 0 || destroyed != b.records {
		b.p.t.Errorf("of %d records of the backup %d open and %d do not", b.records, opened, destroyed)
	}
	b.leavesNoBytes()
}

// leavesNoBytes looks for what the backup holds in the bytes of the store: what
// is due is not there. Between two nights a few copies may be, in gaps of pages
// (docs/threat-model.md part 6): how many is told, and after the nightly
// compaction there are none.
func (b *yearBackup) leavesNoBytes() {
	b.p.tally["bytes van de reservekopie gezocht"], b.p.tally["resten in gaten van bladzijden"] = len(b.traces), b.left()
	b.p.must(b.p.truth.File.Compact(b.p.ctx))
	if left := b.left(); left > 0 {
		b.p.t.Errorf("of %d pieces of the backup %d are left in the store", len(b.traces), left)
	}
}

// left counts what is due and still in the bytes of the store.
func (b *yearBackup) left() (left int) {
	s := newTraces(b.traces)
	for _, file := range []string{databaseFile, databaseFile + "-wal"} {
		s.search(b.p, filepath.Join(b.p.dir, file))
	}
	s.search(b.p, filepath.Join(b.p.dir, "reserve.db")) // the same search finds them there
	claims := b.p.claims()
	for i, o := range b.objects {
		at, gone := s.found[i], o != nil && o.gone || o == nil && !claims[[24]byte(b.traces[i])]
		switch {
		case at&2 == 0:
			b.p.t.Fatalf("piece %d is not found in the backup: the search looks at nothing", i)
		case !gone && at&1 == 0:
			b.p.t.Errorf("piece %d is kept, and not found in the store", i)
		case gone && at&1 != 0:
			left++
			b.p.t.Logf("piece %d, of a pseudonym: %t, is left at %s", i, o == nil, s.where[i])
		}
	}
	return left
}

// seincheck builds the verifier and lets it judge the log and receipts.
func (p *yearPlay) seincheck() (checked int) {
	binary := filepath.Join(p.dir, "seincheck")
	if out, err := exec.CommandContext(p.ctx, "go", "build", "-o", binary, "../seincheck").CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	jwks, log := filepath.Join(p.dir, "sleutels.json"), filepath.Join(p.dir, logDir)
	p.must(os.WriteFile(jwks, p.jwks, 0o600))
	ask := func(good bool, args ...string) {
		out, err := exec.CommandContext(p.ctx, binary, append(args, "--key", p.verifier)...).CombinedOutput()
		if (err == nil) != good {
			p.t.Fatalf("seincheck %v: %v\n%s", args, err, out)
		}
	}
	ask(true, "log", log)
	size := min(len(p.m.sample), 200)
	if p.tally["meldingen"] < 100_000 {
		size = 10
	}
	for i := range size {
		r := p.m.sample[i*len(p.m.sample)/size]
		doc, err := p.log.Evidence(p.ctx, r.compact, r.entry)
		p.must(err)
		text, err := json.Marshal(doc)
		p.must(err)
		file := filepath.Join(p.dir, fmt.Sprintf("bewijs-%d.json", i))
		p.must(os.WriteFile(file, text, 0o600))
		ask(true, "deletion", file, "--keys", jwks, "--object", r.object)
		if i < 3 {
			ask(true, "deletion", file, "--keys", jwks, "--object", r.object, "--log", log)
			ask(false, "deletion", file, "--keys", jwks, "--object", r.object+"x")
		}
	}
	return size
}
