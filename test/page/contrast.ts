import type { Page } from 'playwright-core'

/** The least that WCAG 2 has for text (1.4.3, level AA). */
export const LEAST_CONTRAST = 4.5

/** The texts of a page that are to be seen, and do not stand out enough from what is behind them, with their contrast. */
export function paleTexts(page: Page, least = LEAST_CONTRAST): Promise<string[]> {
  return page.evaluate((wanted) => {
    const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
      const [red = 0, green = 0, blue = 0] = [r, g, b].map((channel) => {
        const part = channel / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const behind = (element: Element | null): number[] => {
      if (element === null) return [255, 255, 255]
      const color = channels(getComputedStyle(element).backgroundColor)
      return color[3] === 0 ? behind(element.parentElement) : color
    }
    const isText = ({ nodeType, textContent }: Node): boolean =>
      nodeType === Node.TEXT_NODE && textContent?.trim() !== ''
    const shown = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.checkVisibility() &&
        !element.matches(':disabled, svg *') &&
        [...element.childNodes].some(isText),
    )
    return shown.flatMap((element) => {
      const [text, ground] = [channels(getComputedStyle(element).color), behind(element)].map(luminance)
      const [light, dark] = [Math.max(text ?? 0, ground ?? 0), Math.min(text ?? 0, ground ?? 0)]
      const contrast = (light + 0.05) / (dark + 0.05)
      return contrast < wanted ? [`${element.textContent?.trim()}: ${contrast.toFixed(2)}`] : []
    })
  }, least)
}
