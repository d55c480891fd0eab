// SPDX-License-Identifier: EUPL-1.2

// Package openpgp is the one owner of OpenPGP: it opens files that creditors
// sign and encrypt to the gateway, seals signals to municipalities that have an
// OpenPGP key, makes and reads key statements, and is the participants' half of
// all that.
//
// It streams: the reader of a file gives io.EOF only after integrity, signature
// and key were checked, and a failure takes the place of io.EOF (TestTruncated,
// TestNoOracle). What was read before may not be used for anything but checking:
// the caller reads a file twice and acts in the second pass. The grammar is
// narrower than the standard's: one to four recipients that are all ours, an
// integrity-protected packet, at most one compressed packet, one signature
// (TestRefused).
//
// It may not decide who may send what, read a clock, write plaintext anywhere,
// or tell the outside whether key, integrity or inner form was wrong.
//
// Callers: cmd/seinhuis wires Opener and Sealer; adapters/client and cmd/sein
// use NewKey, ReadPrivate, EncryptSign, Decrypt and the key statement.
//
// # With GnuPG
//
// A party registers its key with a statement that the key itself signs, followed
// by the public key (NAAM is the name or address of the key):
//
//	FPR=$(gpg --with-colons --list-keys "$NAAM" | awk -F: '$1=="fpr" {print $10; exit}')
//	printf 'seinhuis sleutelverklaring v1\n%s\n%s\n%s\n' "$OIN" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$FPR" > verklaring.txt
//	gpg --local-user "$FPR" --clearsign verklaring.txt
//	gpg --armor --export "$FPR" >> verklaring.txt.asc
//
// A creditor makes a file for the gateway, whose public key it imported, with
//
//	gpg --local-user "$FPR" --sign --encrypt --no-encrypt-to --recipient "$SEINHUIS" meldingen.ndjson
//
// and a municipality opens a signal with
//
//	gpg --decrypt GM0268_….json.pgp
//
// With Sequoia (sq 0.27; later versions say --signer-file and --recipient-file)
// the last two are
//
//	sq encrypt --binary --signer-key eigen.pgp --recipient-cert seinhuis.pgp -o meldingen.pgp meldingen.ndjson
//	sq decrypt --recipient-key eigen.pgp --signer-cert seinhuis.pgp GM0268_….json.pgp
//
// TestGnuPG and TestSequoia run these.
package openpgp
