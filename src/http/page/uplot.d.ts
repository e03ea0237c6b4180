/** The chart package as the daemon serves it beside the page (assets.ts). */
import uPlot from 'uplot'

// oxlint-disable-next-line import/no-default-export -- the form in which the package comes
export default uPlot
