// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// maxIndex bounds index.csv: 20,000 signals of some 500 bytes.
const maxIndex = 64 << 20

// index reads index.csv by the names of its columns, so that the gateway may
// add some.
func (s *SFTP) index(data []byte, after int64) (signals []Signal, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.ReuseRecord = ';', true
	head, err := r.Read()
	if err != nil {
		return nil, unexpected("index.csv has no head")
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return signals, nil
		}
		if err != nil { // its text names a line and a column
			return nil, unexpected("index.csv is not the CSV of the contract")
		}
		cell := func(name string) string {
			if i, ok := column[name]; ok && i < len(row) {
				return strings.Clone(row[i])
			}
			return ""
		}
		g, err := signalOf(cell)
		if err != nil {
			return nil, err
		}
		if g.Sequence <= after {
			continue
		}
		name := cell("bestand")
		if end, ok := strings.CutPrefix(name, string(s.client.config.Municipality)+"_"+string(g.ID)+"."); !ok || strings.Contains(end, "/") {
			return nil, unexpected("index.csv names a file that is not of its signal")
		}
		signals = append(signals, g)
		s.names[g.ID] = name
	}
}

func signalOf(cell func(string) string) (Signal, error) {
	var errs [5]error
	g := Signal{ID: gateway.SignalID(cell("signaalId")), Nature: gateway.SignalNature(cell("aard")), Concerns: gateway.SignalID(cell("betreft")),
		Kind: gateway.ReportKind(cell("soort")), Urgency: gateway.Urgency(cell("urgentie")), State: gateway.SignalState(cell("toestand")),
		Format: cell("formaat"), KeyID: cell("sleutelId"), Digest: cell("sha256")}
	g.Sequence, errs[0] = strconv.ParseInt(cell("volgnummer"), 10, 64)
	g.Size, errs[1] = strconv.ParseInt(cell("omvang"), 10, 64)
	g.DepositedAt, errs[2] = time.Parse(time.RFC3339, cell("geplaatstOp"))
	g.Withdrawn, errs[3] = strconv.ParseBool(cell("ingetrokken"))
	_, errs[4] = gateway.ParseUUID(string(g.ID)) // it becomes a path and a file name
	for _, c := range strings.Fields(cell("samenloop")) {
		g.Coincidence = append(g.Coincidence, gateway.Coincidence(c))
	}
	for _, r := range strings.Fields(cell("verwant")) {
		id, c, _ := strings.Cut(r, "=")
		g.Related = append(g.Related, RelatedSignal{gateway.SignalID(id), gateway.Coincidence(c)})
	}
	if errors.Join(errs[:]...) != nil || len(g.Digest) != 64 {
		return Signal{}, unexpected("index.csv has a row that is not of the contract")
	}
	return g, nil
}
