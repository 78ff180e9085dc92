/** Loudness as bars of small steps, from -60 to 0 dBFS. */
import css from './Meter.module.css'

const STEPS = 40
const LOW = -60

interface Props {
  channels: readonly { name: string; value: number }[]
}

export function Meter({ channels }: Props) {
  return (
    <div className={css.meter}>
      {channels.map(({ name, value }) => {
        const lit = Math.round(Math.min(1, Math.max(0, (value - LOW) / -LOW)) * STEPS)
        return (
          <div
            key={name}
            className={css.row}
            role="meter"
            aria-valuemin={LOW}
            aria-valuemax={0}
            aria-valuenow={Math.round(value)}
            aria-label={`${name} dBFS`}
          >
            <span>{name}</span>
            <div className={css.steps}>
              {Array.from({ length: STEPS }, (_, index) => (
                <i key={index} data-lit={index < lit || undefined} />
              ))}
            </div>
          </div>
        )
      })}
      <div className={css.scale} aria-hidden="true">
        {['\u221260', '\u221245', '\u221230', '\u221215', '0 dBFS'].map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
    </div>
  )
}
