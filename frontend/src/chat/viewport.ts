/**
 * Keeps the page exactly as tall as what can be seen, so that an on-screen keyboard never hides the composer.
 *
 * `100dvh` does not shrink for the keyboard on iOS; `visualViewport` does, and says how far the browser has pushed the
 * page up. Both are handed to the style sheet as custom properties.
 */
export function followViewport(): void {
  const viewport = window.visualViewport
  if (!viewport) return
  const root = document.documentElement
  const follow = () => {
    // A pinched-in reader looks at a part of the page; the page must not shrink to that part.
    if (viewport.scale > 1.01) return
    root.style.setProperty('--page-height', `${viewport.height}px`)
    root.style.setProperty('--page-top', `${viewport.offsetTop}px`)
  }
  viewport.addEventListener('resize', follow)
  viewport.addEventListener('scroll', follow)
  follow()
}
