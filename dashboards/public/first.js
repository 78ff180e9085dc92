// Runs before the first paint: the language and the scheme that this browser chose last, and dark for the wall.
;(function () {
  var root = document.documentElement
  var stored = function (key) {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  var language = stored('roomtone-language') || (/^zh/i.test(navigator.language) ? 'zh-CN' : 'en')
  var scheme = stored('roomtone-scheme') || 'light'
  if (scheme === 'auto') scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  if (location.pathname === '/wall') scheme = 'dark'
  root.lang = language
  root.setAttribute('data-mantine-color-scheme', scheme)
})()
