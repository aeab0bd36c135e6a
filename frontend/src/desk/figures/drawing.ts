/** ECharts with only what the figures draw. */
import { BarChart, LineChart } from 'echarts/charts'
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components'
import { init, use } from 'echarts/core'
import type { ComposeOption, ECharts } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer])

type Option = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption>

/** One run of numbers: bars from the ground, or a line. */
export interface Series {
  name: string
  kind: 'bar' | 'line'
  /** The name of a colour among the tokens. */
  colour: string
  values: readonly (number | null)[]
}

export interface Drawing {
  /** What stands under the ground line. */
  labels: readonly string[]
  series: readonly Series[]
  tell: (value: number | null) => string
}

export type Chart = ECharts

export function begin(element: HTMLElement): Chart {
  return init(element, null, { renderer: 'canvas' })
}

function token(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(`--${name}`).trim()
}

/** In the colours the page has now. */
export function draw(chart: Chart, element: HTMLElement, drawing: Drawing): void {
  const colour = (name: string) => token(element, name)
  const text = { color: colour('ink-soft'), fontFamily: getComputedStyle(element).fontFamily, fontSize: 12 }
  const option: Option = {
    // nothing moves that was not asked to
    animation: false,
    grid: { left: 44, right: 8, top: 12, bottom: 26 },
    tooltip: {
      trigger: 'axis',
      // the page's policy takes no style out of markup
      renderMode: 'richText',
      backgroundColor: colour('ground-raised'),
      borderColor: colour('line'),
      textStyle: { ...text, color: colour('ink') },
      valueFormatter: (value) => drawing.tell(typeof value === 'number' ? value : null),
    },
    xAxis: {
      type: 'category',
      data: [...drawing.labels],
      axisLine: { lineStyle: { color: colour('line-strong') } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      splitLine: { lineStyle: { color: colour('line') } },
      axisLabel: text,
    },
    series: drawing.series.map((one) =>
      one.kind === 'bar'
        ? { type: 'bar', name: one.name, data: [...one.values], itemStyle: { color: colour(one.colour) }, barMaxWidth: 18, barGap: '10%' }
        : {
            type: 'line',
            name: one.name,
            data: [...one.values],
            symbolSize: 5,
            itemStyle: { color: colour(one.colour) },
            lineStyle: { color: colour(one.colour), width: 2 },
            connectNulls: false,
          },
    ),
  }
  chart.setOption(option, true)
}
