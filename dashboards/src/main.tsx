import '@fontsource-variable/noto-sans-sc/wght.css'
import 'virtual:variables.css'
import './base.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { startWords } from './words/i18n'

startWords()
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
