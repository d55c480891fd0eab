// SPDX-License-Identifier: EUPL-1.2

package console

import "strings"

// The measures of a chart, in the units of its viewBox.
const (
	chartWidth, chartHeight         = 720, 240
	chartLeft, chartTop, chartFloor = 72, 16, 204
)

// chart is a drawing of bars made on the server, for {{template "chart" .}}. A
// table with the same numbers stands beside it: the drawing itself says only
// its title.
type chart struct {
	ID, Title string
	Series    []string // names, for the legend; the first lies at the bottom
	Bars      []bar
	Lines     []gridLine
	Marks     []mark
}

type bar struct {
	Series     int // from 1
	X, Y, W, H float64
}

type gridLine struct {
	Y      float64
	Amount int64
}

type mark struct {
	X    float64
	Text string
}

// column is one bar of a chart: an amount per series, on top of each other.
type column struct {
	label   string // below it; empty for none
	amounts []int64
}

// newChart draws columns.
func newChart(id, title string, series []string, columns []column) chart {
	c := chart{ID: id, Title: title, Series: series}
	top := int64(1)
	for _, col := range columns {
		top = max(top, sum(col.amounts))
	}
	step := roundStep(top)
	top = (top + step - 1) / step * step
	height := float64(chartFloor - chartTop)
	for n := int64(0); n <= top; n += step {
		c.Lines = append(c.Lines, gridLine{chartFloor - height*float64(n)/float64(top), n})
	}
	slot := float64(chartWidth-chartLeft-8) / float64(max(len(columns), 1))
	for i, col := range columns {
		x, y := chartLeft+slot*float64(i), float64(chartFloor)
		for s, n := range col.amounts {
			h := height * float64(n) / float64(top)
			y -= h
			if n > 0 {
				c.Bars = append(c.Bars, bar{s + 1, x + slot*0.15, y, slot * 0.7, h})
			}
		}
		if col.label != "" {
			c.Marks = append(c.Marks, mark{x + slot/2, col.label})
		}
	}
	return c
}

// roundStep gives about four lines at round amounts.
func roundStep(top int64) int64 {
	step := int64(1)
	for {
		for _, m := range []int64{1, 2, 5} {
			if step*m*4 >= top {
				return step * m
			}
		}
		step *= 10
	}
}

func sum(amounts []int64) (n int64) {
	for _, a := range amounts {
		n += a
	}
	return n
}

// sentence makes a code readable: "melding-ontvangen" becomes "Melding ontvangen".
func sentence(code string) string {
	s := strings.ReplaceAll(code, "-", " ")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
