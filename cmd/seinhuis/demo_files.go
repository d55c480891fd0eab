// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// demoLines is how many reports the file of the story holds; one of them is
// refused and one is there twice.
const demoLines = 24

// file lets the energy company drop a month as one spreadsheet, signed and
// encrypted with OpenPGP, by SFTP, and Leiden empty its mailbox the same way.
func (s *story) file(ctx context.Context) error {
	energyDoor, err := s.world.login(demoCreditors[energy])
	if err != nil {
		return err
	}
	defer energyDoor.Close()
	id := string(gateway.NewUUID(time.Now(), nil))
	sealed, err := s.sealedFile(ctx)
	if err != nil {
		return err
	}
	if err := drop(energyDoor, "/aanleveringen/"+id+".csv.pgp", sealed); err != nil {
		return err
	}
	s.say("   %s dropped %d lines of CSV by SFTP, signed and encrypted with OpenPGP (%d bytes).", demoCreditors[energy].Name, demoLines, len(sealed))
	done, err := awaitOutcome(ctx, energyDoor, id)
	if err != nil {
		return err
	}
	s.say("   Outcome per line: %d accepted, %d refused, %d was there already.", done.Accepted, done.Refused, done.Duplicate)
	if done.Accepted != demoLines-2 || done.Refused != 1 || done.Duplicate != 1 {
		return fmt.Errorf("outcome of the file: %+v", done)
	}
	return s.emptyBySFTP(leiden, done.Accepted)
}

// sealedFile writes the spreadsheet and seals it as a creditor's own tool would.
func (s *story) sealedFile(ctx context.Context) ([]byte, error) {
	publics, err := s.world.gateway.ring.OpenPGPPublics(ctx) // the API publishes the same
	if err != nil || len(publics) == 0 {
		return nil, errors.Join(err, errors.New("the gateway has no OpenPGP key"))
	}
	return s.world.sealFile(publics[0], s.spreadsheet(demoLines))
}

func (w *demoWorld) sealFile(to gateway.OpenPGPKey, plain []byte) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(w.folder(demoCreditors[energy]), kitOpenPGP))
	if err != nil {
		return nil, err
	}
	signer, err := openpgp.ReadPrivate(data)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	into, err := openpgp.EncryptSign(&sealed, to, signer, time.Now)
	if err != nil {
		return nil, err
	}
	_, err = into.Write(plain)
	err = errors.Join(err, into.Close()) // the signature comes last
	return sealed.Bytes(), err
}

// spreadsheet is CSV as a Dutch spreadsheet writes it.
func (s *story) spreadsheet(lines int) []byte {
	persons := newPeople(7, gateway.Today(s.world.now))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	_ = w.Write([]string{"meldingId", "soort", "kenmerk", "signaaldatum", "ontstaansdatum", "bedragInCenten", "crisissignaal", "warmeOverdracht",
		"inspanningen.persoonlijkContact", "inspanningen.gewezenOpHulp", "inspanningen.herinneringen", "inspanningen.aanbod",
		"inspanningen.betalingsregeling", "inspanningen.bezwaar", "persoon.achternaam", "adres.postcode", "adres.huisnummer"})
	var row []string
	for i := range lines {
		r := persons.report(gateway.ReportEnergy, leiden)
		if i == lines/2 {
			r.Efforts.Objection = true
		}
		if i < lines-1 { // the last line is the one before it again
			row = cells(r)
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

func cells(r client.Report) []string {
	yes := map[bool]string{true: "ja", false: "nee"}
	return []string{string(gateway.NewUUID(time.Now(), nil)), string(r.Kind), r.Reference, r.SignalDate, r.ArrearsSince,
		strconv.FormatInt(r.AmountInCents, 10), yes[r.Crisis], yes[r.WarmHandover], r.Efforts.PersonalContact, r.Efforts.PointedToHelp,
		strings.Join(r.Efforts.Reminders, "|"), r.Efforts.OfferMade, r.Efforts.PaymentPlan, yes[r.Efforts.Objection],
		r.Person.Surname, r.Address.Postcode, strconv.Itoa(r.Address.Number)}
}

// login opens the SFTP door as a party.
func (w *demoWorld) login(p gateway.Party) (*sftp.Client, error) {
	data, err := os.ReadFile(filepath.Join(w.folder(p), kitLogin))
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, err
	}
	host, err := readHostKeys(w.home())
	if err != nil {
		return nil, err
	}
	connection, err := ssh.Dial("tcp", w.sftpAddress, &ssh.ClientConfig{User: string(p.OIN), Timeout: 10 * time.Second,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(host[0].PublicKey()),
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}})
	if err != nil {
		return nil, err
	}
	return sftp.NewClient(connection)
}

// drop uploads under a temporary name and publishes by renaming.
func drop(door *sftp.Client, path string, data []byte) error {
	f, err := door.Create(path + ".part")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return door.Rename(path+".part", path)
}

// outcome is what a creditor reads in /uitkomsten/<id>.status.json.
type outcome struct {
	State     batch.State `json:"toestand"`
	Accepted  int         `json:"geaccepteerd"`
	Refused   int         `json:"geweigerd"`
	Duplicate int         `json:"dubbel"`
}

func awaitOutcome(ctx context.Context, door *sftp.Client, id string) (o outcome, err error) {
	for range 3000 { // a guard against hanging, not a measure
		data, err := read(door, "/uitkomsten/"+id+".status.json")
		if err != nil {
			return o, err
		}
		if err := json.Unmarshal(data, &o); err != nil {
			return o, err
		}
		if o.State == batch.Done || o.State == batch.Rejected {
			return o, nil
		}
		select {
		case <-ctx.Done():
			return o, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return o, errors.New("the file was not processed")
}

func read(door *sftp.Client, path string) ([]byte, error) {
	f, err := door.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// emptyBySFTP reads every signal in a mailbox and confirms it by a move.
func (s *story) emptyBySFTP(municipality, want int) error {
	door, err := s.world.login(demoMunicipalities[municipality])
	if err != nil {
		return err
	}
	defer door.Close()
	names, err := door.ReadDir("/signalen/nieuw")
	if err != nil {
		return err
	}
	readAll, moved := 0, 0
	for _, n := range names {
		if n.Name() == "index.csv" {
			continue
		}
		if _, err := read(door, "/signalen/nieuw/"+n.Name()); err != nil {
			return err
		}
		readAll++
		if err := door.Rename("/signalen/nieuw/"+n.Name(), "/signalen/opgehaald/"+n.Name()); err != nil {
			return err
		}
		moved++
	}
	if moved != want {
		return fmt.Errorf("%d signals were moved and %d accepted", moved, want)
	}
	s.say("   %s emptied its mailbox by SFTP: %d listed, %d read in full, %d confirmed by a move.", demoMunicipalities[municipality].Name, len(names)-1, readAll, moved)
	s.accepted, s.refused, s.collected = s.accepted+want, s.refused+2, s.collected+moved
	return nil
}
