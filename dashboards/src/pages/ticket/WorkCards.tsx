/** The evidence, and what people find out: symptom, cause, remedy, the swapped unit. */
import { useTranslation } from 'react-i18next'
import { useMetrics } from '../../api/queries'
import { useDevice } from '../../live/hooks'
import { ActionButton } from '../../parts/ActionButton'
import { Card } from '../../parts/Card'
import { Evidence, useTicketIncident } from '../../parts/Evidence'
import { nextAction } from '../../service/actions'
import { adviceOf, causesOf, nameOf, symptomOf } from '../../words/place'
import { FindingFields, SerialFields } from './DraftFields'
import type { PageProps } from './TicketPage'
import css from './WorkCards.module.css'

export function WorkCards(props: PageProps) {
  const { ticket } = props
  const { t } = useTranslation()
  const device = useDevice(ticket.device ?? '')
  const incident = useTicketIncident(ticket)
  const metrics = useMetrics(incident?.device, 60_000).data
  const interval = device?.interval_s
  return (
    <div className={css.column}>
      {incident && metrics?.length !== 0 && (
        <Card
          title={`${t('ticket.evidence')}${device ? nameOf(device, t) : (ticket.device_name ?? ticket.device ?? '')}`}
          note={interval ? t('ticket.interval', { s: interval }) : undefined}
        >
          <Evidence ticket={ticket} height={190} />
        </Card>
      )}
      <Findings {...props} />
    </div>
  )
}

function Findings({ ticket, may, draft, onDraft, onAction, busy }: PageProps) {
  const { t, i18n } = useTranslation()
  const symptom = ticket.symptom || symptomOf(ticket, i18n.language)
  const shown = ticket.source === 'telemetry' ? symptomOf(ticket, i18n.language) || symptom : symptom
  const advice = adviceOf(ticket, i18n.language)
  const causes = causesOf(ticket, i18n.language)
  const over = ticket.state === 'resolved' || ticket.state === 'closed'
  const resolves = ticket.actions.includes('resolve')
  return (
    <Card className={css.findings}>
      <dl className={css.said}>
        <div>
          <dt>{t('ticket.symptom')}</dt>
          <dd>{shown || t('ticket.none')}</dd>
        </div>
        {causes.length > 0 && (
          <div>
            <dt>{t('ticket.causes')}</dt>
            {causes.map((cause) => (
              <dd key={cause}>{cause}</dd>
            ))}
          </div>
        )}
        {advice && (
          <div>
            <dt>{t('ticket.advice')}</dt>
            <dd>{advice}</dd>
          </div>
        )}
      </dl>
      {over || !may ? (
        <dl className={css.said}>
          <div>
            <dt>{t('ticket.cause')}</dt>
            <dd>{ticket.cause || t('ticket.none')}</dd>
          </div>
          <div>
            <dt>{t('ticket.remedy')}</dt>
            <dd>{ticket.remedy || t('ticket.none')}</dd>
          </div>
        </dl>
      ) : (
        <>
          <FindingFields draft={draft} onDraft={onDraft} />
          {ticket.actions.includes('swap') && ticket.device !== null && (
            <div className={css.swap}>
              <SerialFields draft={draft} onDraft={onDraft} />
              <ActionButton
                action="swap"
                disabled={busy || !draft.installed}
                onPress={() => onAction('swap')}
              />
            </div>
          )}
          {resolves && nextAction(ticket) !== 'resolve' && (
            <div className={css.foot}>
              <ActionButton
                action="resolve"
                disabled={busy || !draft.cause || !draft.remedy}
                onPress={() => onAction('resolve')}
              />
            </div>
          )}
        </>
      )}
    </Card>
  )
}
