(** * ReadOut: the failure probability of the input split and of the read-outs (S4's other terms).

    [split_prob]: 2 d_0 slots, the two halves of an input reading the same edges: still G1.
    [read_prob]: a hidden read-out fails with probability at most G2.
    [last_prob]: the output read-out, both signs together, with probability at most G3. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Expansion Probability Pool Network Plan Event.
Import ListNotations.
Open Scope R_scope.

Section ReadOut.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation nU := (p_U T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis Hsizes : sizes T.

(** ** the input split *)
Definition need (a : slot) (r : nat) : list (coord * bool) :=
  match a with
  | U j => [((0%nat, r, if (j <? dims 0)%nat then j else (j - dims 0)%nat), (j <? dims 0)%nat)]
  | _ => []
  end.
Definition sfit (w : signs) (a : slot) (r : nat) : bool := fits (need a r) w.
Definition col (av : list nat) (j : nat) : list coord := map (fun r => (0%nat, r, j)) av.
Definition pair (j : nat) : list slot := [U j; U (dims 0 + j)].

Lemma sfit_plus w j r : (j < dims 0)%nat -> sfit w (U j) r = w (0%nat, r, j).
Proof.
  intros H. unfold sfit, need. destruct (Nat.ltb_spec j (dims 0)); [|lia]. cbn. destruct (w _); auto.
Qed.
Lemma sfit_minus w j r : sfit w (U (dims 0 + j)) r = negb (w (0%nat, r, j)).
Proof.
  unfold sfit, need. destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|].
  replace (dims 0 + j - dims 0)%nat with j by lia. cbn. destruct (w _); auto.
Qed.

Lemma col_nd av j : NoDup av -> NoDup (col av j).
Proof. intros. apply NoDup_map_in; auto. intros; congruence. Qed.

Lemma all_same av j b w : NoDup av ->
  E (col av j) (fun w => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)) w = (1/2) ^ length av.
Proof.
  intros ND. set (q := map (fun r => ((0%nat, r, j), b)) av).
  assert (Q : map fst q = col av j) by (unfold q, col; rewrite map_map; auto).
  assert (F : forall w, fits q w = forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av).
  { intros w'. unfold q, fits. clear. induction av; cbn; auto. rewrite IHav. auto. }
  rewrite <- Q, (E_ext _ _ (fun w => ind (fits q w))) by (intros; rewrite F; auto).
  assert (NQ : NoDup (map fst q)) by (rewrite Q; apply col_nd; auto).
  etransitivity; [exact (E_pattern q NQ w)|]. unfold q. rewrite map_length. auto.
Qed.

Lemma all_same_over av j b D w : NoDup av -> NoDup D -> incl (col av j) D ->
  E D (fun w => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)) w = (1/2) ^ length av.
Proof.
  intros Na ND I. rewrite (E_sub (col av j)); auto using col_nd, all_same.
  intros w1 w2 H. f_equal. apply forallb_ext_in. intros r Hr. rewrite H; auto. apply in_map_iff. eauto.
Qed.

Lemma split_fail pool0 js : NoDup pool0 -> NoDup js -> (forall j, In j js -> (j < dims 0)%nat) ->
  forall av w, NoDup av -> incl av pool0 ->
  E (flat_map (col pool0) js) (fun w => ind (servefail (sfit w) (flat_map pair js) av)) w
  <= G1 (2 * length js) (length av) (1/2).
Proof.
  intros Np. induction js as [|j js IH]; intros Nj Hj av w Na Ia.
  - cbn. lra.
  - inversion_clear Nj. pose proof (Hj j (or_introl eq_refl)) as Hj0.
    cbn [flat_map pair app length]. rewrite E_app.
    replace (2 * S (length js))%nat with (S (S (2 * length js))) by lia. rewrite !G1_S.
    set (B := G1 (2 * length js) (length av - 1 - 1) (1/2)).
    set (same := fun b (w : signs) => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)).
    eapply Rle_trans with (E (col pool0 j) (fun w => (same false w + same true w) + B) w).
    + apply E_le. intros w1 _.
      set (r1 := pick (sfit w1 (U j)) av). set (av1 := drop r1 av).
      set (av2 := drop (pick (sfit w1 (U (dims 0 + j))) av1) av1).
      eapply Rle_trans with (E (flat_map (col pool0) js)
         (fun w' => (same false w1 + same true w1) + ind (servefail (sfit w') (flat_map pair js) av2)) w1).
      * apply E_le. intros w2 A.
        assert (X : forall r, In r av -> w2 (0%nat, r, j) = w1 (0%nat, r, j)).
        { intros r Hr. apply A. intros Hc. apply in_flat_map in Hc as [j' [Hj' Hc]].
          apply in_map_iff in Hc as [r' [Eq _]]. injection Eq as -> ->. auto. }
        assert (I1 : incl av1 av) by (intros r Hr; apply drop_in in Hr; tauto).
        cbn [servefail].
        rewrite (pick_ext (sfit w2 (U j)) (sfit w1 (U j)) av) by (intros; rewrite !sfit_plus by auto; auto).
        fold r1 av1.
        rewrite (pick_ext (sfit w2 (U (dims 0 + j))) (sfit w1 (U (dims 0 + j))) av1)
          by (intros; rewrite !sfit_minus; rewrite X; auto).
        fold av2.
        rewrite (nofit_ext (sfit w2 (U j)) (sfit w1 (U j)) av) by (intros; rewrite !sfit_plus by auto; auto).
        rewrite (nofit_ext (sfit w2 (U (dims 0 + j))) (sfit w1 (U (dims 0 + j))) av1)
          by (intros; rewrite !sfit_minus; rewrite X; auto).
        assert (F1 : nofit (sfit w1 (U j)) av = forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) false) av).
        { unfold nofit. apply forallb_ext_in. intros r _. rewrite sfit_plus by auto. destruct (w1 _); auto. }
        assert (F2 : ind (nofit (sfit w1 (U (dims 0 + j))) av1) <= same false w1 + same true w1).
        { unfold same. rewrite <- F1. destruct (nofit (sfit w1 (U j)) av) eqn:E1.
          - cbn [ind]. pose proof (ind_range (nofit (sfit w1 (U (dims 0 + j))) av1)).
            pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)). lra.
          - destruct (nofit (sfit w1 (U (dims 0 + j))) av1) eqn:E2.
            + replace (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av) with true; [cbn; lra|].
              symmetry. apply forallb_forall. intros r Hr. apply pick_fit in E1 as [_ E1]. fold r1 in E1.
              rewrite sfit_plus in E1 by auto.
              destruct (Nat.eq_dec r r1) as [->|Ne]; [rewrite E1; auto|].
              unfold nofit in E2. rewrite forallb_forall in E2. specialize (E2 r). rewrite sfit_minus in E2.
              rewrite negb_involutive in E2. rewrite E2; auto. apply drop_in. auto.
            + pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)). cbn. lra. }
        pose proof (ind_or (nofit (sfit w1 (U j)) av)
          (nofit (sfit w1 (U (dims 0 + j))) av1 || servefail (sfit w2) (flat_map pair js) av2)) as O1.
        pose proof (ind_or (nofit (sfit w1 (U (dims 0 + j))) av1) (servefail (sfit w2) (flat_map pair js) av2)) as O2.
        (* if the first fails, its own indicator pays for both *)
        destruct (nofit (sfit w1 (U j)) av) eqn:E1.
        -- cbn [orb ind]. unfold same. rewrite <- F1. cbn [ind].
           pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)).
           pose proof (ind_range (servefail (sfit w2) (flat_map pair js) av2)). lra.
        -- cbn [orb]. lra.
      * rewrite E_plus, E_const. apply Rplus_le_compat_l.
        eapply Rle_trans; [apply IH; auto|].
        -- intros; apply Hj; right; auto.
        -- apply drop_NoDup, drop_NoDup; auto.
        -- intros r Hr. apply drop_in in Hr as [Hr _]. apply drop_in in Hr as [Hr _]. auto.
        -- unfold B. apply G1_anti; [lra|].
           pose proof (drop_length r1 av Na).
           pose proof (drop_length (pick (sfit w1 (U (dims 0 + j))) av1) av1 (drop_NoDup _ _ Na)). unfold av2, av1 in *. lia.
    + rewrite E_plus, E_const, E_plus.
      assert (I : incl (col av j) (col pool0 j)).
      { intros z Hz. apply in_map_iff in Hz as [r [<- Hr]]. apply in_map_iff. exists r. auto. }
      unfold same. rewrite !all_same_over by (auto using col_nd).
      pose proof (pow_anti (1/2) (length av - 1) (length av) ltac:(lra) ltac:(lia)). lra.
Qed.

Lemma split_prob w0 w :
  E (from T 0) (fun w' => ind (layerfail T 0 (place T 0 w0) w')) w <= G1 (2 * dims 0) nU half.
Proof.
  assert (Ht : (1 < L)%nat) by (unfold depth; nia).
  unfold layerfail, groups. cbn [kind_of existsb fst snd].
  rewrite (E_ext _ _ (fun w' => ind (servefail (sfit w') (split_slots T) (poolU T)))).
  2:{ intros w' _. rewrite orb_false_r. f_equal. apply serve_ext. intros s r Hs _.
      apply in_split in Hs as [j [-> Hj]]. unfold fit, sfit, need, rq, out, req. cbn [kind_of].
      destruct (Nat.ltb_spec j (dims 0)); reflexivity. }
  assert (N0 : NoDup (poolU T)) by apply seq_NoDup.
  assert (NC : NoDup (flat_map (col (poolU T)) (seq 0 (dims 0)))).
  { apply NoDup_flat_map; [apply seq_NoDup| |].
    - intros; apply col_nd; auto.
    - intros j j' z _ _ H1 H2. apply in_map_iff in H1 as [? [<- _]], H2 as [? [Eq _]]. congruence. }
  rewrite (E_sub (flat_map (col (poolU T)) (seq 0 (dims 0)))); auto using from_nd.
  - unfold split_slots. fold (pair). pose proof (split_fail (poolU T) (seq 0 (dims 0)) N0 (seq_NoDup _ _)) as S.
    rewrite seq_length in S. specialize (S ltac:(intros j Hj; apply in_seq in Hj; lia) (poolU T) w N0 (incl_refl _)).
    unfold poolU in S at 3. rewrite seq_length in S. exact S.
  - intros z Hz. apply in_flat_map in Hz as [j [Hj Hz]]. apply in_map_iff in Hz as [r [<- Hr]].
    apply in_from; auto. apply in_seq in Hj. repeat split; try lia.
    + rewrite wdt_in by (auto; lia). apply in_seq in Hr. unfold width. lia.
    + unfold wdt, shape. cbn. lia.
  - intros w1 w2 H. f_equal. apply serve_ext. intros s r Hs Hr. apply in_split in Hs as [j [-> Hj]].
    unfold sfit. apply fits_agree. intros c Hc. apply H. cbn in Hc. destruct Hc as [<-|[]].
    apply in_flat_map. exists (if (j <? dims 0)%nat then j else (j - dims 0)%nat). split.
    + apply in_seq. destruct (Nat.ltb_spec j (dims 0)); lia.
    + apply in_map_iff. exists r. auto.
Qed.

(** ** read-outs *)
Lemma layer_ne (t a b c d : nat) : (S t, a, b) = (t, c, d) -> False.
Proof. intros H. injection H. lia. Qed.
Lemma layer_ne' (t a b c d : nat) : (t, a, b) = (S t, c, d) -> False.
Proof. intros H. injection H. lia. Qed.
Section Read.
Variables (i : nat) (w0 : signs).
Hypothesis Hi : (i < l)%nat.
Local Notation t := (time T i (S K)).
Local Notation n := (outs T i).
Local Notation pl := (place T (time T i (S K)) w0).

Lemma t_lt : (S t < L)%nat. Proof. apply time_lt; lia. Qed.
Definition edgeCC (r : nat) : coord := edgeC T t pl i r.

(** source o read with sign s; on the output side also the edge to output o, with the same sign *)
Definition own (base : nat) (s last : bool) (a : slot) (r : nat) : list (coord * bool) :=
  match a with
  | U o => ((t, r, pl (A (o - base))), s) :: (if last then [((S t, (o - base)%nat, r), s)] else [])
  | _ => []
  end.
Definition slots_from (base : nat) : list slot := map U (seq base n).

Lemma read_group base s last (alone : bool) w : (base = 0 \/ base = n)%nat -> (last = true -> S i = l) ->
  E (from T t) (fun w' => ind (servefail (fun a r => shared edgeCC (negb s) w' r && fits (own base s last a r) w') (slots_from base)
       (if alone then filter (shared edgeCC (negb s) w') (pool T) else pool T))) w
  <= Gs (unfit (if last then 2 else 1)) n N.
Proof.
  intros Hb Hl. pose proof t_lt as Ht.
  assert (PI : forall o o', (o <= n)%nat -> (o' <= n)%nat -> pl (A o) = pl (A o') -> o = o').
  { intros o o' Ho Ho' Eq. apply pl_inj in Eq; auto using sM. congruence. }
  assert (PL : forall o, (o <= n)%nat -> (pl (A o) < wdt T t)%nat) by (intros; apply pl_lt; auto using sM).
  assert (SI : forall a, In a (slots_from base) -> exists o, a = U o /\ (o - base < n)%nat /\ (base <= o)%nat).
  { intros a Ha. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho. exists o. split; auto. lia. }
  assert (CI : forall a r z, In a (slots_from base) -> In z (cds (own base s last) a r) ->
     exists o, a = U o /\ (o - base < n)%nat /\ (base <= o)%nat /\
       (z = (t, r, pl (A (o - base))) \/ (last = true /\ z = (S t, (o - base)%nat, r)))).
  { intros a r z Ha Hz. destruct (SI a Ha) as (o & -> & H1 & H2). exists o. repeat split; auto.
    unfold cds, own in Hz. destruct last; cbn in Hz; (destruct Hz as [<-|Hz]; [left; reflexivity|]); [|easy].
    destruct Hz as [<-|[]]. right. auto. }
  assert (LS : length (slots_from base) = n) by (unfold slots_from; rewrite map_length, seq_length; auto).
  assert (LP : length (pool T) = N) by (unfold pool; apply seq_length).
  rewrite <- LS, <- LP.
  apply G2_pool_failure.
  - destruct last; lia.
  - apply seq_NoDup.
  - apply from_nd; auto.
  - apply NoDup_app_intro.
    + apply NoDup_map_in; [apply seq_NoDup|]. unfold edgeCC, edgeC. intros; congruence.
    + apply scds_NoDup.
      * apply seq_NoDup.
      * apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence.
      * intros a r Ha Hr. destruct (SI a Ha) as (o & -> & _). unfold cds, own.
        destruct last; cbn [map fst]; repeat constructor; auto. intros [X|[]]. apply layer_ne in X. easy.
      * intros a a' r r' z Ha Ha' Hr Hr' H1 H2.
        destruct (CI a r z Ha H1) as (o & -> & L1 & L2 & [-> |[_ ->]]);
        destruct (CI a' r' _ Ha' H2) as (o' & -> & L1' & L2' & [X|[_ X]]).
        -- injection X as -> Y. split; auto. apply PI in Y; try lia. f_equal. lia.
        -- apply layer_ne' in X. easy.
        -- apply layer_ne in X. easy.
        -- injection X as Y ->. split; auto. f_equal. lia.
    + intros z H1 H2. apply in_map_iff in H1 as [r [<- Hr]]. apply in_flat_map in H2 as [a [Ha H2]].
      apply in_flat_map in H2 as [r' [Hr' H2]]. destruct (CI _ _ _ Ha H2) as (o & -> & L1 & L2 & [X|[_ X]]);
        unfold edgeCC, edgeC in X.
      * injection X as _ Y. apply PI in Y; lia.
      * apply layer_ne' in X. easy.
  - intros z Hz. assert (PW : forall r, In r (pool T) -> (r < wdt T (S t))%nat) by (intros; apply pool_lt; auto).
    apply in_app_or in Hz as [Hz|Hz].
    + apply in_map_iff in Hz as [r [<- Hr]]. unfold edgeCC, edgeC. apply in_from; auto. repeat split; auto; lia.
    + apply in_flat_map in Hz as [a [Ha Hz]]. apply in_flat_map in Hz as [r [Hr Hz]].
      destruct (CI _ _ _ Ha Hz) as (o & -> & L1 & L2 & [-> |[El ->]]); apply in_from; auto.
      * repeat split; auto; try lia. apply PL; lia.
      * specialize (Hl El). repeat split; auto; try lia.
        replace (S (S t)) with L by (rewrite time_S, time_next, Hl; symmetry; apply time_last).
        rewrite wdt_out by auto. unfold outs in L1. rewrite Hl in L1. auto.
  - intros a r Ha. destruct (SI a Ha) as (o & -> & _). unfold own. destruct last; auto.
Qed.

Lemma read_prob w : S i <> l ->
  E (from T t) (fun w' => ind (layerfail T t (place T t w0) w')) w <= G2 n N.
Proof.
  intros Hl. rewrite <- G2_closed. replace (1/2) with (unfit 1) by (unfold unfit; cbn; lra).
  eapply Rle_trans; [|apply (read_group 0 true false false w); [auto|discriminate]].
  right. apply E_ext. intros w' _. f_equal. unfold layerfail, groups. rewrite kind_read.
  destruct (Nat.eqb_spec (S i) l) as [?E|_]; [lia|]. cbn [existsb fst snd]. rewrite orb_false_r. unfold slots_from, us.
  apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
  unfold fit, rq, req, out, own, shared, edgeCC, edgeC. rewrite kind_read.
  destruct (Nat.ltb_spec o n); [|lia]. destruct (Nat.eqb_spec (S i) l) as [?E|_]; [lia|].
  rewrite Nat.sub_0_r. reflexivity.
Qed.

Lemma last_prob w : S i = l ->
  E (from T t) (fun w' => ind (layerfail T t (place T t w0) w')) w <= G3 n N.
Proof.
  intros Hl. rewrite <- G3_closed. replace (3/4) with (unfit 2) by (unfold unfit; cbn; lra).
  pose proof (read_group 0 true true true w (or_introl eq_refl) (fun _ => Hl)) as B1.
  pose proof (read_group n false true true w (or_intror eq_refl) (fun _ => Hl)) as B2.
  eapply Rle_trans with (E (from T t) (fun w' =>
    ind (servefail (fun a r => shared edgeCC false w' r && fits (own 0 true true a r) w') (slots_from 0)
       (filter (shared edgeCC false w') (pool T))) +
    ind (servefail (fun a r => shared edgeCC true w' r && fits (own n false true a r) w') (slots_from n)
       (filter (shared edgeCC true w') (pool T)))) w).
  - apply E_le. intros w' _. unfold layerfail, groups. rewrite kind_read, Hl, Nat.eqb_refl.
    cbn [existsb fst snd]. rewrite orb_false_r.
    eapply Rle_trans; [apply ind_or|]. right. f_equal; f_equal; unfold slots_from, us.
    + apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
      unfold fit, rq, req, out, own, shared, edgeCC, edgeC. rewrite kind_read, Hl, Nat.eqb_refl.
      destruct (Nat.ltb_spec o n); [|lia]. rewrite Nat.sub_0_r. reflexivity.
    + apply serve_ext. intros a r Ha _. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
      unfold fit, rq, req, out, own, shared, edgeCC, edgeC. rewrite kind_read, Hl, Nat.eqb_refl.
      destruct (Nat.ltb_spec o n); [lia|]. reflexivity.
  - rewrite E_plus. cbn [negb] in B1, B2. lra.
Qed.
End Read.
End ReadOut.
